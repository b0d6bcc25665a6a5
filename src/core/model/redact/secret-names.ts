const SECRET_WORDS = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'secret', 'token', 'credential'],
  ...['apikey', 'accesskey', 'accountkey', 'authkey', 'encryptionkey', 'masterkey', 'primarykey'],
  ...['privatekey', 'secondarykey', 'sharedkey', 'signingkey', 'storagekey', 'subscriptionkey'],
  ...['keyvalue', 'connectionstring', 'connstr', 'sharedaccesssignature', 'amzsignature'],
  ...['authorization', 'cookie'],
]
/** `max_tokens` is a figure. */
const SECRET_NAME = new RegExp(`(?:(?:${SECRET_WORDS.join('|')})s?)$(?<!tokens)`)
const SHORT_NAME = /(?:^|[^a-z])(?:pass|pwd)$/i

/** True when what stands under this name (a header, a field, a variable) is not to be shown, whatever it is. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll(/[^A-Za-z]/g, '').toLowerCase()) || SHORT_NAME.test(name)
}
