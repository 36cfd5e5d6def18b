//! Small pictures of numbers: how they went over time, and how large they are beside others.

use ratatui::style::Style;

use super::Pen;

const HEIGHTS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const BAR: &str = "━";

/// Draws values over time in `width` columns, each column the sum of its part of them, up to the
/// highest. Nothing at all is a line of its own style, so that one request of thousands is seen.
pub fn line(pen: &mut Pen<'_>, values: &[u64], width: u16, style: impl Into<Style>, none: impl Into<Style>) {
    let (style, none) = (style.into(), none.into());
    let sums = sums(values, usize::from(width));
    let highest = sums.iter().copied().max().unwrap_or(0);
    for sum in sums {
        let height = height(sum, highest);
        pen.put(HEIGHTS[height], if height == 0 { none } else { style });
    }
}

/// Draws how large `value` is beside the largest, in at most `width` columns. Anything has one.
pub fn bar(pen: &mut Pen<'_>, value: u64, largest: u64, width: u16, style: impl Into<Style>) {
    let style = style.into();
    let scaled = u128::from(value) * u128::from(width);
    let columns = scaled.div_ceil(u128::from(largest.max(1)));
    for _ in 0..u16::try_from(columns).unwrap_or(width).min(width) {
        pen.put(BAR, style);
    }
}

fn height(value: u64, highest: u64) -> usize {
    let steps = u128::try_from(HEIGHTS.len() - 1).unwrap_or(1);
    let height = (u128::from(value) * steps).div_ceil(u128::from(highest.max(1)));
    usize::try_from(height).unwrap_or(0).min(HEIGHTS.len() - 1)
}

/// The values in as many parts as there are columns; few values are not stretched.
fn sums(values: &[u64], columns: usize) -> Vec<u64> {
    let columns = columns.min(values.len());
    (0..columns)
        .map(|column| values[column * values.len() / columns..(column + 1) * values.len() / columns].iter().sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_the_sums_of_their_parts() {
        assert_eq!(sums(&[1, 2, 3, 4, 5, 6], 3), [3, 7, 11]);
        assert_eq!(sums(&[1, 2, 3], 10), [1, 2, 3]);
        assert_eq!(sums(&[1; 60], 25).iter().sum::<u64>(), 60);
        assert!(sums(&[1], 0).is_empty() && sums(&[], 5).is_empty());
    }

    #[test]
    fn one_request_beside_thousands_is_seen_and_none_is_not() {
        assert_eq!([0, 1, 5000, 10_000].map(|value| height(value, 10_000)), [0, 1, 4, 7]);
        assert_eq!(height(0, 0), 0);
    }
}
