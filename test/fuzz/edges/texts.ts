import { SECRET_KINDS, secretsOf } from '../../support/secrets.ts'
import type { Random } from '../random.ts'
import { FIELDS, ODD, ODD_LINES } from '../words.ts'

/** What commands a terminal or a page, or hides (ATTACKS 48, 59). */
const HOSTILE: readonly string[] = [
  ...[
    '\u001b[2J',
    '\u001b]0;t\u0007',
    '\u009b31m',
    '\u007f',
    '\u0000',
    '\u0008',
    '\u202e',
    '\u2066',
  ],
  ...[
    '\u200b',
    '\ufeff',
    '\u{e0041}',
    '\ud83d',
    '\ude00',
    '\r\n',
    '\n\n',
    '\t',
    '\u2028',
    '\u0085',
  ],
  ...[
    '`',
    '```',
    '**',
    '__',
    '~~',
    '# ',
    '- ',
    '1. ',
    '> ',
    '| ',
    '|',
    '\\',
    '&lt;',
    '&#60;',
    '<!--',
  ],
  ...['<img src=x onerror=alert(1)>', '</td>', '[a](https://evil.example)', '![a](x)', '@everyone'],
  ...['https://evil.example', 'www.evil.example', 'mailto:x@evil.example', 'a@evil.example', '#1'],
  ...[
    'password=',
    'token: ',
    'Bearer ',
    'AccountKey=',
    'sig=',
    '://',
    '?t=',
    'eyJ',
    '%3D',
    '%',
    '==',
  ],
  ...['"', "'", '\\"', '{"a":', ';', '&', '=', ':', '/', '.', 'aA1', 'Zz9-_', 'deadbeef'],
]

const PARTS: readonly string[] = [
  ...HOSTILE,
  ...ODD.map(String),
  ...ODD_LINES,
  ...FIELDS,
  ...secretsOf(2 * SECRET_KINDS.length, 20_261_129).map(({ text }) => text),
]

/** Pieces one after the other, some of them many times; up to `most` characters. */
export function textOf(random: Random, most: number): string {
  let text = ''
  for (let pieces = 1 + random.whole(12); pieces > 0 && text.length < most; pieces -= 1) {
    const times = random.whole(8) === 0 ? 1 + random.whole(4000) : 1
    text += random.one(PARTS).repeat(times) + random.one(['', '', ' ', '\n', wild(random)])
  }
  return text.slice(0, most)
}

/** Any code units. */
function wild(random: Random): string {
  const units = Array.from({ length: random.whole(20) }, () => random.whole(0x10000))
  return String.fromCharCode(...units)
}
