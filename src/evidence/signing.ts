// Ed25519 signatures over a manifest's bytes. Keys are PEM texts; the private one is used and forgotten.

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { sha256 } from './manifest.ts';

export interface Signer {
  publicKey: string;
  fingerprint: string;
  sign(bytes: Uint8Array): string;
}

/** Reads a private key (PEM, PKCS 8). Throws where it is no Ed25519 key. */
export function signerOf(pem: string): Signer {
  const key = keyOf(pem, createPrivateKey);
  const publicKey = exported(createPublicKey(key));
  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sign: (bytes) => sign(null, bytes, key).toString('base64'),
  };
}

/** Reads a public key (PEM, or the base64 of a manifest). Throws where it is no Ed25519 key. */
export function publicKeyOf(text: string): string {
  const pem = text.includes('-----BEGIN') ? text : `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----\n`;
  return exported(keyOf(pem, createPublicKey));
}

export function fingerprintOf(publicKey: string): string {
  return `SHA256:${sha256(Buffer.from(publicKey, 'base64'))}`;
}

export function signatureFits(bytes: Uint8Array, signature: string, publicKey: string): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  return verify(null, bytes, key, Buffer.from(signature, 'base64'));
}

function keyOf(pem: string, read: (pem: string) => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read(pem);
  } catch (cause) {
    throw new Error('It is no key in PEM. Make one with: openssl genpkey -algorithm ed25519', { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`It is a key for ${key.asymmetricKeyType}, not Ed25519.`);
  return key;
}

function exported(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}
