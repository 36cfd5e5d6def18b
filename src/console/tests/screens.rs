//! What a person sees. Few enough to be read.

use super::*;

#[test]
fn dump() {
    for (w, h) in [(80, 24), (140, 40), (60, 20)] {
        let mut console = Console::sample(w, h);
        println!("{}", console.screen());
        console.press("?");
        println!("{}", console.screen());
        console.press("esc n s t a");
        println!("{}", console.screen());
        console.press("esc esc : c r");
        println!("{}", console.screen());
        console.press("esc d");
        println!("{}", console.screen());
        console.press("esc c");
        println!("{}", console.screen());
        console.press("esc tab tab tab d");
        println!("{}", console.screen());
    }
}
