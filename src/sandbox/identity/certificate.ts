import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 86_400_000

/** A server certificate with its key and the authority that signed it, all as PEM text. */
export interface ServerCertificate {
  readonly key: string
  readonly cert: string
  readonly ca: string
  readonly expiresAtMs: number
}

/** Makes a fresh authority and a certificate for loopback and further names, good for 90 days from `nowMs`. */
export async function createServerCertificate(
  nowMs: number,
  names: readonly string[] = [],
): Promise<ServerCertificate> {
  // A day of grace, for clients whose clock runs behind.
  const validity = { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + 90 * dayMs) }
  const authorityKeys = await generateKeys()
  const authority = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(),
    name: 'CN=Verdigris sandbox authority',
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
  const serverKeys = await generateKeys()
  const certificate = await signServer(serverKeys, authority, authorityKeys, { validity, names })
  return {
    key: await pemOf(serverKeys.privateKey),
    cert: certificate.toString('pem'),
    ca: authority.toString('pem'),
    expiresAtMs: validity.notAfter.getTime(),
  }
}

interface Wanted {
  readonly validity: { readonly notBefore: Date; readonly notAfter: Date }
  readonly names: readonly string[]
}

async function signServer(
  keys: webcrypto.CryptoKeyPair,
  authority: X509Certificate,
  authorityKeys: webcrypto.CryptoKeyPair,
  { validity, names }: Wanted,
): Promise<X509Certificate> {
  return X509CertificateGenerator.create({
    ...validity,
    serialNumber: serialNumber(),
    subject: 'CN=localhost',
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        ...names.map((value) => ({ type: 'dns', value }) as const),
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      // Python 3.13 refuses chains without these two.
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

// A leading byte of 1 keeps the number positive, whatever the random rest.
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  const lines = der.match(/.{1,64}/g) ?? []
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
}
