// Linear patterns only. What they find is never repeated in a message.
const SECRET_VALUES: readonly RegExp[] = [
  /(?<![\w-])eyJ[\w-]{8,8192}\.[\w-]{8,8192}\.[\w-]{0,8192}/,
  /(?:AccountKey|SharedAccessKey|Password|Pwd)=[^;]{4}/i,
  /[?&]sig=[\w%+/-]{16}/i,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/,
  /(?<![\w-])(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_)[\w-]{16}/,
  /(?<![\w+/=])[A-Za-z0-9+/]{86}==/,
  // A password in an address, or a token as the name of the user.
  /:\/\/[^\s/:@]{1,100}:[^\s/@]{3,100}@/,
  /:\/\/[\w.~%-]{20,400}@/,
]
const SECRET_WORDS = new Set([
  ...['secret', 'secrets', 'password', 'passwd', 'pwd', 'passphrase', 'passcode'],
  ...['token', 'apikey', 'credential', 'credentials'],
])
const KEY_OWNERS = new Set(['api', 'access', 'account', 'storage', 'private', 'master', 'signing'])

/** Last words of names of what only leads to a secret, or is a figure about it. */
const ABOUT = new Set([
  ...['file', 'path', 'dir', 'folder', 'url', 'uri', 'host', 'endpoint', 'name', 'id', 'scope'],
  ...['type', 'limit', 'count', 'length', 'size', 'ttl', 'timeout', 'seconds', 'expiry', 'enabled'],
])

/** Whether an environment variable of this name and value holds a secret in the open. */
export function looksSecret(name: string, value: string): boolean {
  // `${{…}}` and Key Vault references are how a secret is named without being told.
  if (/^\$\{\{|^@Microsoft\.KeyVault\(|^azureml:/i.test(value)) return false
  if (holdsSecret(value)) return true
  // Whatever such a value looks like, a person has thought of it.
  if (/^(?:|true|false|none|null)$/i.test(value)) return false
  return isSecretName(name) || (isKeyName(name) && KEY.test(value))
}

/** What a key looks like, and the name of a column or a field does not. */
const KEY = /^[\w+/=~.-]{20,512}$/

function isKeyName(name: string): boolean {
  return wordsOf(name).at(-1) === 'key'
}

/** Whether a text holds a secret, wherever it stands. */
export function holdsSecret(text: string): boolean {
  return SECRET_VALUES.some((pattern) => pattern.test(text))
}

function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}

function isSecretName(name: string): boolean {
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  if (ABOUT.has(last)) return false
  return (
    last === 'pass' ||
    words.some(
      (word, index) =>
        SECRET_WORDS.has(word) || (word === 'key' && KEY_OWNERS.has(words[index - 1] ?? '')),
    )
  )
}
