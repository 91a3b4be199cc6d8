//! Text in the encodings before Unicode (WHATWG Encoding Standard): lines that are no UTF-8 are read in the encoding
//! that they most likely have, with the way back to every byte.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;

use super::view::View;

/// Bytes of such lines from which the encoding is guessed.
const SAMPLE: usize = 64 << 10;

/// The encoding of a text's lines that are no UTF-8.
#[derive(Debug, Default)]
pub struct Legacy {
    encoding: Option<&'static Encoding>,
}

impl Legacy {
    /// Guesses the encoding from the lines of `hay` that are no UTF-8, unless it is known. Tells whether there are any.
    pub fn learn(&mut self, hay: &[u8]) -> bool {
        if std::str::from_utf8(hay).is_ok() {
            return false;
        }
        if self.encoding.is_none() {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
            let mut rest = SAMPLE;
            for line in hay.split_inclusive(|byte| *byte == b'\n') {
                if rest > 0 && std::str::from_utf8(line).is_err() {
                    let part = &line[..line.len().min(rest)];
                    detector.feed(part, false);
                    rest -= part.len();
                }
            }
            detector.feed(b"", true);
            self.encoding = Some(detector.guess(None, Utf8Detection::Deny));
        }
        true
    }

    /// The name of the encoding, once it is guessed.
    pub fn name(&self) -> Option<&'static str> {
        self.encoding.map(shown)
    }

    /// The line in UTF-8; `None` where it is UTF-8 already.
    pub fn view(&self, line: &[u8]) -> Option<View> {
        let encoding = self.encoding?;
        if std::str::from_utf8(line).is_ok() {
            return None;
        }
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let mut made: Vec<(u8, u32)> = Vec::with_capacity(line.len() * 2);
        let mut start = 0;
        let mut buffer = [0; 16];
        for at in 0..line.len() {
            let last = at + 1 == line.len();
            let (_, _, written, _) = decoder.decode_to_utf8(&line[at..=at], &mut buffer, last);
            made.extend(buffer[..written].iter().map(|byte| (*byte, start as u32)));
            if written > 0 {
                start = at + 1;
            }
        }
        Some(View::made(shown(encoding), &made, line.len() as u32))
    }
}

/// What is said of an encoding: the detector names KOI8-U for KOI8-R too, from which it differs in eight letters.
fn shown(encoding: &'static Encoding) -> &'static str {
    if encoding.name() == "KOI8-U" { "KOI8-U (or KOI8-R)" } else { encoding.name() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_encoding_with_the_way_back() {
        for (label, text) in [
            ("windows-1251", "пользователь вошёл в систему как администратор с адреса /вход/файл.html"),
            ("KOI8-U", "пользователь вошёл в систему как администратор с адреса /вход/файл.html"),
            ("Shift_JIS", "ユーザーがログインしました。ファイルを開く /ひらがな/カタカナ.html"),
            ("EUC-KR", "사용자가 로그인했습니다. 파일을 열었습니다 /한국어/파일.html"),
            ("GBK", "用户已经登录系统，打开了文件，然后退出了系统。"),
            ("Big5", "使用者已經登入系統，開啟了檔案，然後離開了系統。"),
            ("windows-1252", "L'utilisateur a été refusé à l'entrée du système: accès non autorisé"),
        ] {
            let encoding = Encoding::for_label(label.as_bytes()).expect(label);
            let (bytes, _, _) = encoding.encode(text);
            let mut legacy = Legacy::default();
            assert!(legacy.learn(&bytes), "{label}");
            let name = if label == "KOI8-U" { "KOI8-U (or KOI8-R)" } else { label };
            assert_eq!(legacy.name(), Some(name));
            let view = legacy.view(&bytes).expect(label);
            assert_eq!(String::from_utf8_lossy(&view.bytes), text, "{label}");
            let whole = view.trace(0..view.bytes.len()).expect("decoded");
            assert_eq!((whole.span, whole.decoding), (0..bytes.len(), vec![name.to_owned()]));
            (0..bytes.len()).for_each(|length| {
                let _ = legacy.view(&bytes[..length]);
            });
        }
    }

    #[test]
    fn text_in_utf8_is_left_alone() {
        let mut legacy = Legacy::default();
        assert!(!legacy.learn("grün\n".as_bytes()));
        assert!(legacy.view("grün".as_bytes()).is_none() && legacy.name().is_none());
    }
}
