import { readText } from '../values/read-text.ts'
import { merged, type NamedSecret } from './secret-values.ts'
import { namedSecrets, SECRET_SHAPES } from './secrets.ts'
import { visible } from './visible.ts'

export const MASK = '[redacted]'

/** Longest text that is looked at: what lies beyond is cut before any pattern runs, so that a huge body costs nothing. */
const SCAN_CHARACTERS_MAX = 64 * 1024

/** At the end of what is looked at a secret may begin that is not known as one, for its rest was cut off. */
const CUT_CHARACTERS = 8 * 1024

/** Longest text that is shown. */
const TEXT_CHARACTERS_MAX = 2048

/** Beside the shapes of secrets what only looks like one: too much is hidden rather than too little. */
const LIKELY: readonly RegExp[] = [
  /\beyJ[\w-]{8,8192}(?:\.[\w-]{0,8192}){0,4}/g,
  /(?<=\b(?:bearer|basic|sharedkey|sharedaccesssignature)[ +]{1,4})[\w.~+/=:-]{6,8192}/gi,
  /(?<=[?&;\s"'](?:sig|secret|access_token|t|c|s|h)=)[\w%.~+/=-]{20,8192}/gi,
  /(?<=\bsig=)[^&\s"']{4,4096}/gi,
  /(?<=:\/\/)(?!git@)[^/\s@"']{1,1024}(?=@)/g,
  // A key of 32 bytes in base64, and Azure's longer keys that carry a marker.
  /(?<![\w+/-])[A-Za-z0-9+/]{43}=(?!=)/g,
  /\b[A-Za-z0-9]{30,90}(?:AAAAAAA|JQQJ99|AZML|ACDb|AStA|ACDbh)[A-Za-z0-9+/]{4,60}=?=?/g,
]

const SHAPES = [...SECRET_SHAPES, ...LIKELY]

/** Long runs in which upper case, lower case and digits mix: keys, not names. Hex hashes, GUIDs and paths are not. */
const RANDOM_RUN = /(?<![\w/.-])[A-Za-z0-9_-]{32,512}(?![\w/])/g

const BASE64_RUN = /[A-Za-z0-9+/_-]{16,8192}={0,2}/g
const WORD = /[^\s"'<>]{6,}/g

/**
 * The text without the secrets in it: tokens, keys, SAS signatures, passwords in URLs and connection strings, also when
 * they are base64, URL-encoded or JSON-escaped. `known` are values that are secret although they do not look it.
 */
export function redact(text: string, known: readonly string[] = []): string {
  let result = text.slice(0, SCAN_CHARACTERS_MAX)
  for (const secret of known) result = withoutKnown(result, secret)
  result = result.replace(WORD, (run) => (hidesInPercent(run) ? MASK : run))
  result = plain(withoutRead(result))
  result = result.replace(BASE64_RUN, (run) => (hidesInBase64(run, known) ? MASK : run))
  const isWhole = text.length <= SCAN_CHARACTERS_MAX || result.endsWith(MASK)
  return isWhole ? result : result.slice(0, -CUT_CHARACTERS)
}

/** A text fit to be shown anywhere: redacted, control characters and direction marks escaped, of bounded length. */
export function cleanText(text: string, known: readonly string[] = []): string {
  const shown = visible(redact(text, known))
  if (shown.length <= TEXT_CHARACTERS_MAX && text.length <= SCAN_CHARACTERS_MAX) return shown
  return `${shown.slice(0, TEXT_CHARACTERS_MAX)}… (${text.length} characters)`
}

function plain(text: string): string {
  let result = text
  for (const shape of SHAPES) result = result.replace(shape, MASK)
  return withoutNamed(result).replace(RANDOM_RUN, (run) => (looksRandom(run) ? MASK : run))
}

/** Without what is a secret only as the text is read, and not as it is written. */
function withoutRead(text: string): string {
  const read = readText(text)
  if (read === undefined) return text
  const found = SHAPES.flatMap((shape) =>
    Array.from(read.text.matchAll(shape), ({ 0: all, index }) => ({
      from: index,
      to: index + all.length,
    })),
  )
  return without(
    text,
    merged([...found, ...namedSecrets(read.text)]).map(({ from, to }) => ({
      from: read.beginsAt(from),
      to: read.endsAt(to),
    })),
  )
}

function withoutNamed(text: string): string {
  return without(text, namedSecrets(text))
}

function without(text: string, secrets: readonly NamedSecret[]): string {
  let passed = 0
  const parts = secrets.map(({ from, to }) => {
    const before = text.slice(passed, from)
    passed = to
    return `${before}${MASK}`
  })
  return `${parts.join('')}${text.slice(passed)}`
}

function looksRandom(run: string): boolean {
  if (!/[A-Z]/.test(run) || !/[a-z]/.test(run)) return false
  const digits = run.replace(/[^0-9]/g, '').length
  const turns = run.match(/[a-z][A-Z]|[A-Za-z][0-9]|[0-9][A-Za-z]/g)?.length ?? 0
  return digits >= 3 && turns >= run.length / 5
}

function hidesInBase64(run: string, known: readonly string[]): boolean {
  const decoded = Buffer.from(run, 'base64').toString('latin1')
  const printable = decoded.replace(/[^\x20-\x7e\r\n\t]/g, '').length
  if (printable < decoded.length * 0.9) return false
  return (
    plain(decoded) !== decoded || known.some((secret) => secret !== '' && decoded.includes(secret))
  )
}

function hidesInPercent(run: string): boolean {
  if (!/%[0-9A-Fa-f]{2}/.test(run)) return false
  const decoded = run.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return plain(decoded) !== decoded && plain(run) === run
}

/** Short values are left alone: to hide every `a` of a text hides nothing. */
function withoutKnown(text: string, secret: string): string {
  if (secret.length < 4) return text
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ]
  return forms.reduce((result, form) => result.replaceAll(form, MASK), text)
}
