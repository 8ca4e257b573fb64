//! Bills of materials: what is in an image, as a program lists it.

use super::predicate::{CYCLONE_DX, PredicateType, SPDX};

/// The program that lists what is in images.
pub const SCANNER: &str = "syft";

/// How a bill of materials is written, in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SbomFormat {
    /// SPDX, version 2.
    Spdx,
    /// CycloneDX.
    CycloneDx,
}

impl SbomFormat {
    /// The format that a predicate of this type is written in; `None` if it is no bill of materials.
    pub fn of(kind: &PredicateType) -> Option<SbomFormat> {
        match kind.uri() {
            SPDX => Some(SbomFormat::Spdx),
            CYCLONE_DX => Some(SbomFormat::CycloneDx),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_bill_of_materials_has_its_format() {
        for (name, format) in [
            ("spdx", Some(SbomFormat::Spdx)),
            ("spdxjson", Some(SbomFormat::Spdx)),
            ("https://spdx.dev/Document", Some(SbomFormat::Spdx)),
            ("cyclonedx", Some(SbomFormat::CycloneDx)),
            ("vuln", None),
            ("https://acme.test/sbom", None),
        ] {
            assert_eq!(SbomFormat::of(&name.parse().unwrap()), format, "{name}");
        }
    }
}
