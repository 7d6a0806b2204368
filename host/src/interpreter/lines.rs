//! The line of an instruction (CPython's `InternalDocs/code_objects.md`, "Source code locations").

/// The line of the instruction at `place`, in code units of two bytes; None if it has none. `table` is `co_linetable`.
pub fn line_of(table: &[u8], first_line: i64, place: u32) -> Option<i64> {
    let (mut line, mut end) = (first_line, 0);
    let mut bytes = table.iter().copied().peekable();
    while let Some(head) = bytes.next() {
        end += u32::from(head & 7) + 1;
        let (kind, mut rest) = (head >> 3 & 15, Rest(&mut bytes));
        match kind {
            10..=12 => line += i64::from(kind - 10),
            13 | 14 => line = line.checked_add(rest.signed()?)?,
            _ => {}
        }
        if end > place {
            return (kind != 15).then_some(line);
        }
        rest.skip();
    }
    None
}

/// What follows the head of an entry: bytes whose highest bit is not set.
struct Rest<'a, I: Iterator<Item = u8>>(&'a mut std::iter::Peekable<I>);

impl<I: Iterator<Item = u8>> Rest<'_, I> {
    /// A number in groups of six bits, the lowest first; the lowest bit of all is the sign.
    fn signed(&mut self) -> Option<i64> {
        let (mut number, mut shift) = (0i64, 0);
        loop {
            let byte = self.0.next()?;
            number |= i64::from(byte & 63).checked_shl(shift).filter(|_| shift < 36)?;
            shift += 6;
            if byte & 64 == 0 {
                return Some(if number & 1 == 0 { number >> 1 } else { -(number >> 1) });
            }
        }
    }

    fn skip(&mut self) {
        while self.0.next_if(|byte| byte & 0x80 == 0).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_an_entry_is_read() {
        let entry = |kind: u8, units: u8, rest: &[u8]| [&[0x80 | kind << 3 | (units - 1)], rest].concat();
        let table = [
            entry(0, 1, &[0x12]),                // the first line
            entry(11, 2, &[0, 5]),               // one line on
            entry(13, 8, &[2 << 1]),             // two lines on
            entry(15, 1, &[]),                   // none
            entry(14, 1, &[64 | 1, 1, 0, 1, 9]), // thirty-two lines back, which takes two groups
        ]
        .concat();
        let lines: Vec<_> = (0..14).map(|place| line_of(&table, 100, place)).collect();
        let expected = [&[Some(100), Some(101), Some(101)][..], &[Some(103); 8], &[None, Some(71), None]].concat();
        assert_eq!(lines, expected);
        assert_eq!(line_of(&[0xe8, 64, 64], 1, 0), None, "cut off");
        assert_eq!(line_of(&[0xe8, 127, 127, 127, 127, 127, 127, 127, 1], 1, 0), None, "no number is that long");
    }
}
