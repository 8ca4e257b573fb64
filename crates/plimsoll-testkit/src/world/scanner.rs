//! A program that lists what is in images, as such programs are: the same list has another id and another time whenever it is made.

use std::sync::Arc;

use bytes::Bytes;
use plimsoll_engine::domain::sbom::SbomFormat;
use plimsoll_engine::domain::time::Moment;
use plimsoll_engine::world::Work;
use plimsoll_engine::world::scanner::{ScanError, ScanOrder, Scanner};
use serde_json::json;

use super::act::Act;
use super::caller::Caller;

/// Lists one package, which is the manifest itself.
pub(super) struct SeaScanner(pub(super) Arc<Caller>);

impl Scanner for SeaScanner {
    fn ready(&self) -> Work<'_, (), ScanError> {
        Box::pin(async { Ok(()) })
    }

    fn scan<'a>(&'a self, order: ScanOrder<'a>) -> Work<'a, Bytes, ScanError> {
        Box::pin(async move {
            self.0.turn(Act::Local).await;
            let dice = self.0.inner().dice.u128(..);
            let id = format!("{:08x}-0000-4000-8000-{:012x}", (dice >> 96) as u32, dice & 0xffff_ffff_ffff);
            let made = Moment(i64::from((dice >> 64) as u32)).to_string();
            let (name, version) = (order.name, order.version);
            let packages = json!([{ "name": name, "version": version, "digest": order.manifest.digest }]);
            let list = match order.format {
                SbomFormat::Spdx => json!({
                    "spdxVersion": "SPDX-2.3",
                    "documentNamespace": format!("https://sea.test/{id}"),
                    "creationInfo": { "created": made },
                    "packages": packages,
                }),
                SbomFormat::CycloneDx => json!({
                    "bomFormat": "CycloneDX",
                    "serialNumber": format!("urn:uuid:{id}"),
                    "metadata": { "timestamp": made },
                    "components": packages,
                }),
            };
            Ok(Bytes::from(list.to_string()))
        })
    }
}
