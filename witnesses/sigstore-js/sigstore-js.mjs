// JavaScript's Sigstore as a command, which it has not of itself.
//
//   sigstore-js verify TRUSTED_ROOT BUNDLE IDENTITY ISSUER [FILE]
//   sigstore-js sign SIGNING_CONFIG TOKEN_FILE FILE            prints a bundle
//   sigstore-js attest SIGNING_CONFIG TOKEN_FILE STATEMENT     prints a bundle with an envelope; with version 1 of Rekor as npm's
//                                                              statements of provenance are: an entry `intoto`, a chain
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bundleFromJSON, bundleToJSON } from '@sigstore/bundle';
import { SigningConfig, TrustedRoot } from '@sigstore/protobuf-specs';
import { bundleBuilderFromSigningConfig, DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';

const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
// An identity is looked for as a pattern, anywhere in the name.
const exactly = (text) => `^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

function verify(root, bundle, identity, issuer, file) {
  const trusted = toTrustMaterial(TrustedRoot.fromJSON(json(root)));
  const entity = toSignedEntity(bundleFromJSON(json(bundle)), file && readFileSync(file));
  const policy = { subjectAlternativeName: exactly(identity), extensions: { issuer } };
  new Verifier(trusted, { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 }).verify(entity, policy);
}

async function sign(config, token, file) {
  const builder = bundleBuilderFromSigningConfig({
    signingConfig: SigningConfig.fromJSON(json(config)),
    identityProvider: { getToken: async () => readFileSync(token, 'utf8').trim() },
    bundleType: 'messageSignature',
  });
  const bundle = await builder.create({ data: readFileSync(file) });
  console.log(JSON.stringify(bundleToJSON(bundle)));
}

// It sends envelopes to logs of version 2, which have stopped taking them: what is logged is what other programs log, the signature over
// the envelope's encoding (Rekor's specification, 6.1.4). Everything else in the bundle is its own.
class EnvelopeWitness extends RekorWitness {
  async testify({ dsseEnvelope: { payload, payloadType, signatures } }, key) {
    const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
    const digest = createHash('sha256').update(head).update(payload).digest();
    const messageSignature = { messageDigest: { digest }, signature: signatures[0].sig };
    return super.testify({ $case: 'messageSignature', messageSignature }, key);
  }
}

async function attest(config, token, statement) {
  const { caUrls, rekorTlogUrls, tsaUrls } = json(config);
  const [{ url: rekorBaseURL, majorApiVersion }] = rekorTlogUrls;
  const promises = majorApiVersion === 1;
  const builder = new DSSEBundleBuilder({
    signer: new FulcioSigner({
      fulcioBaseURL: caUrls[0].url,
      identityProvider: { getToken: async () => readFileSync(token, 'utf8').trim() },
    }),
    witnesses: [
      promises
        ? new RekorWitness({ rekorBaseURL, majorApiVersion, entryType: 'intoto' })
        : new EnvelopeWitness({ rekorBaseURL, majorApiVersion, timeout: 20000 }),
      new TSAWitness({ tsaBaseURL: tsaUrls[0].url }),
    ],
    certificateChain: promises,
  });
  const bundle = await builder.create({ data: readFileSync(statement), type: 'application/vnd.in-toto+json' });
  console.log(JSON.stringify(bundleToJSON(bundle)));
}

const [command, ...rest] = process.argv.slice(2);
const commands = {
  verify: () => verify(...rest),
  sign: () => sign(...rest),
  attest: () => attest(...rest),
};
if (!commands[command]) throw new Error(`no command is called ${command}`);
await commands[command]();
