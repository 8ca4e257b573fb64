//! What a bundle means: all that somebody vouches for, and nothing of how it is spelled. Two bundles that mean the same are one
//! signature by one signer over the same bytes, logged at the same place and stamped at the same time.

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{AnyRef, OctetString};
use der::{Decode as _, Encode as _, Reader as _, SliceReader};
use plimsoll_sigstore::bundle::{Bundle, Content, Version};
use plimsoll_sigstore::log::Checkpoint;

use crate::authority::der::{octets, sequence};

/// The bundle, without what nobody vouches for and nobody relies on.
pub(crate) fn meaning(mut bundle: Bundle) -> Bundle {
    // How the rest is spelled; it was read.
    bundle.version = Version::V0_3;
    // The hint at a key that an envelope may have.
    if let Content::Envelope(envelope) = &mut bundle.content {
        envelope.key_id.clear();
    }
    for entry in &mut bundle.entries {
        // A time that the log has not signed.
        if entry.promise.is_none() {
            entry.integrated_time = None;
        }
        if let Some(proof) = &mut entry.proof {
            proof.checkpoint = meaning_of_checkpoint(&proof.checkpoint);
        }
    }
    for stamp in &mut bundle.timestamps {
        *stamp = meaning_of_timestamp(stamp).unwrap_or_else(|| stamp.clone());
    }
    bundle
}

/// What the log has signed, and its own signatures, without those of witnesses. Base64 has two alphabets.
fn meaning_of_checkpoint(text: &str) -> String {
    let (Ok(checkpoint), Some((signed, signatures))) = (Checkpoint::parse(text), text.split_once("\n\n"))
    else {
        return text.to_owned();
    };
    let own = format!("— {} ", checkpoint.origin);
    let own = signatures.lines().filter(|line| line.starts_with(&own));
    format!("{signed}\n\n{}", own.collect::<String>().replace('-', "+").replace('_', "/"))
}

/// What the authority has signed, the signature, and whose it is; without the answer's status, which is that there is one, the
/// certificates that it brings along, and attributes that nobody has signed.
pub(crate) fn meaning_of_timestamp(answer: &[u8]) -> Option<Vec<u8>> {
    let whole = AnyRef::from_der(answer).ok()?;
    let mut parts = SliceReader::new(whole.value()).ok()?;
    AnyRef::decode(&mut parts).ok()?;
    let token = ContentInfo::decode(&mut parts).ok().filter(|_| parts.is_finished())?;
    let data: SignedData = token.content.decode_as().ok()?;
    let content: OctetString = data.encap_content_info.econtent?.decode_as().ok()?;
    let [signer] = data.signer_infos.0.as_slice() else { return None };
    Some(sequence([
        content.to_der().ok()?,
        signer.sid.to_der().ok()?,
        signer.digest_alg.oid.to_der().ok()?,
        signer.signature_algorithm.oid.to_der().ok()?,
        signer.signed_attrs.as_ref()?.to_der().ok()?,
        octets(signer.signature.as_bytes()),
    ]))
}
