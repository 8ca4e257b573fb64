// JavaScript's Sigstore as a command, which it has not of itself.
//
//   sigstore-js verify TRUSTED_ROOT BUNDLE IDENTITY ISSUER [FILE]
//   sigstore-js sign SIGNING_CONFIG TOKEN_FILE FILE            prints a bundle
import { readFileSync } from 'node:fs';
import { bundleFromJSON, bundleToJSON } from '@sigstore/bundle';
import { SigningConfig, TrustedRoot } from '@sigstore/protobuf-specs';
import { bundleBuilderFromSigningConfig } from '@sigstore/sign';
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

const [command, ...rest] = process.argv.slice(2);
const commands = {
  verify: () => verify(...rest),
  sign: () => sign(...rest),
};
if (!commands[command]) throw new Error(`no command is called ${command}`);
await commands[command]();
