//! Images within a page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use crate::Error;

/// An image, held as the text of a data URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    uri: String,
    alt: String,
    caption: String,
}

impl Image {
    /// An image by the bytes of its PNG or JPEG file. `alt` says what it shows, for those who cannot see it;
    /// `caption` is shown below and may be empty.
    ///
    /// # Errors
    /// [`Error::Image`] for another format.
    pub fn new(
        bytes: &[u8],
        alt: impl Into<String>,
        caption: impl Into<String>,
    ) -> Result<Self, Error> {
        let (alt, caption) = (alt.into(), caption.into());
        let kind = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            "image/png"
        } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            "image/jpeg"
        } else {
            return Err(Error::Image { alt, length: bytes.len() });
        };
        let uri = format!("data:{kind};base64,{}", STANDARD.encode(bytes));
        Ok(Self { uri, alt, caption })
    }

    pub(crate) fn markup(&self) -> Markup {
        html! {
            figure.image {
                img src=(self.uri) alt=(self.alt);
                @if !self.caption.is_empty() { figcaption { (self.caption) } }
            }
        }
    }
}
