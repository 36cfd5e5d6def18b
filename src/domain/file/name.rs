//! Names and types of files, as clients write them.

/// Characters of a file name.
pub const LONGEST_NAME: usize = 255;

/// Bytes of a media type.
pub const LONGEST_TYPE: usize = 255;

/// Why a file cannot have this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    TooLong,
    /// Empty, or with characters that lead elsewhere.
    Unusable,
}

/// # Errors
/// Unless it is 1 to 255 characters without separators of paths, control characters and those that
/// override the direction of text.
pub fn check(name: &str) -> Result<(), NameFault> {
    if name.chars().count() > LONGEST_NAME {
        return Err(NameFault::TooLong);
    }
    let leads_elsewhere = name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
    // They turn what follows around, so that `gpj.exe` reads as `exe.jpg` (UAX #9, section 2).
    let deceives = name.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    if name.trim().is_empty() || leads_elsewhere || deceives || matches!(name, "." | "..") {
        return Err(NameFault::Unusable);
    }
    Ok(())
}

/// Whether the text is `type/subtype`, with parameters or without, and can stand in a header.
pub fn is_media_type(text: &str) -> bool {
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    let is_essence = essence.trim_end().split_once('/').is_some_and(|(kind, sub)| token(kind) && token(sub));
    is_essence && parameters.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// Whether a browser shows files of this type without running anything of them. Everything else is
/// handed out for saving: a page that somebody uploaded must not act in this server's name.
pub fn is_inert(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.split_once('/') {
        Some(("image", kind)) => !kind.contains("svg") && !kind.contains("xml"),
        Some(("audio" | "video" | "font", kind)) => !kind.contains("xml"),
        _ => matches!(essence.as_str(), "text/plain" | "application/pdf" | "application/json"),
    }
}

/// The type that a file's extension stands for, for clients that do not say.
pub fn type_of(filename: &str) -> &'static str {
    let extension = filename.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "txt" | "log" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "json" => "application/json",
        "zip" => "application/zip",
        "gz" | "tgz" => "application/gzip",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_printable_text() {
        for good in ["a.png", "Grüße aus Köln.pdf", "日本.txt", "a".repeat(255).as_str(), ".profile"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", " ", ".", "..", "a/b", "a\\b", "a\nb", "\u{0}"] {
            assert_eq!(check(bad), Err(NameFault::Unusable), "{bad:?}");
        }
        assert_eq!(check(&"ä".repeat(256)), Err(NameFault::TooLong));
    }

    #[test]
    fn a_media_type_has_two_parts() {
        for good in ["image/png", "text/plain; charset=utf-8", "application/vnd.ms-excel", "image/svg+xml"] {
            assert!(is_media_type(good), "{good}");
        }
        for bad in ["", "png", "image/", "/png", "image/png/x", "image/p ng", "text/plain;\r\nx: y", "text/plain; é"] {
            assert!(!is_media_type(bad), "{bad:?}");
        }
    }

    #[test]
    fn nothing_that_can_run_is_shown() {
        for active in
            ["text/html", "TEXT/HTML; charset=utf-8", "image/svg+xml", "application/xhtml+xml", "text/xml", "x/y"]
        {
            assert!(!is_inert(active), "{active}");
        }
        assert!(is_inert("image/png") && is_inert("Video/MP4") && is_inert("text/plain;charset=utf-8"));
    }
}
