//! The language in a few lines, for whoever types it.

use crate::console::page::Told;

/// Where it is typed, as long as nothing is.
pub const SHORT: &str = "word  column = value  != < >= ~ contains  in (a, b)  null  and or not ( )";

/// In help.
pub const LANGUAGE: Told = Told {
    title: "The filter of the rows",
    lines: &[
        ("cat \"two words\"", "In any column of text, whatever the case."),
        ("title ~ cat, title !~ cat", "The column contains it, or does not."),
        ("views = 3, != < <= > >=", "Compares with a value of the column's type."),
        ("status in (new, open)", "Is one of them; not in: none of them."),
        ("subtitle = null, != null", "Has no value, or has one."),
        ("createdAt >= 2026-10-01", "A date, or a moment like 2026-10-01T12:00:00Z."),
        ("author.name = Ann", "A field inside an object."),
        ("a and b, a or b, not (a)", "Joined; and binds more than or."),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn what_help_says_can_be_typed() {
        for text in [
            "cat \"two words\"",
            "title !~ cat",
            "views >= 3",
            "status not in (new, open)",
            "subtitle != null",
            "createdAt >= 2026-10-01",
            "author.name = Ann",
            "not (a) and b or c",
        ] {
            assert!(matches!(parse(text).expression, Ok(Some(_))), "{text}");
        }
    }
}
