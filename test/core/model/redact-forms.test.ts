import { describe, expect, test } from '@jest/globals'
import { redact } from '../../../src/core/model/redact/redact.ts'
import { costRatio } from '../../support/cost.ts'

const SECRET = 'horse-abcdef-battery'
const LINE = 'qKZPFTS9Sx81hWm3'
const LINES = `${LINE}\n`.repeat(1000)

describe('a secret is hidden in every form of text that carries it', () => {
  test.each([
    [
      'a key whose end is far',
      `-----BEGIN PRIVATE KEY-----\n${LINES}-----END PRIVATE KEY-----\nrest`,
    ],
    ['a key that has no end', `-----BEGIN PRIVATE KEY-----\n${LINES}more text`],
    [
      'a block of PGP',
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${LINE}\n-----END PGP PRIVATE KEY BLOCK-----\n`,
    ],
    ['a key of SSH2', `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${LINE}\n`],
  ])('%s', (_, text) => {
    expect(redact(text)).not.toContain(LINE)
    expect(redact(`before ${text}`)).toMatch(/^before \[redacted\]/)
  })

  test.each([
    ['a channel of conda', `https://conda.anaconda.org/t/ab-${SECRET}/acme/linux-64`],
    ['a pair of JSON', `{"name":"DB_PASSWORD","value":"${SECRET}"}`],
    ['a pair the other way round', `{"value":"${SECRET}","name":"DB_PASSWORD"}`],
    ['a pair in lines', `{\n    "name": "DB_PASSWORD",\n    "value": "${SECRET}"\n}`],
    ['a pair with more', `{"name": "API_TOKEN", "slotSetting": false, "value": "${SECRET}"}`],
    ['a pair in a text', JSON.stringify(`{"name":"DB_PASSWORD","value":"${SECRET}"}`)],
    ['a pair of YAML', `- name: A\n  value: b\n- name: DB_PASSWORD\n  value: ${SECRET}\n`],
    ['a pair of YAML, turned', `- value: ${SECRET}\n  name: DB_PASSWORD\n`],
    ['a pair of attributes', `<add key="DbPassword" value="${SECRET}"/>`],
    ['a parameter', `"adminPassword": { "value": "${SECRET}" }`],
    ['an element', `<password>${SECRET}</password>`],
    ['an element with more', `<x:password type="a">\n<![CDATA[${SECRET}]]></x:password>`],
    ['an attribute', `<add user="sa" password="${SECRET}"/>`],
    ['a block', `password: |\n  first\n\n  ${SECRET}\nother: 1`],
    ['a block behind an empty line', `password: |-\n\n  ${SECRET}\n`],
    ['a folded block', `  password: >-\n    ${SECRET}\n`],
    ['a block in a text', JSON.stringify(`password: |\n  ${SECRET}\n`)],
    ['an anchor', `password: &a ${SECRET}`],
    ['a tag', `password: !!str "a ${SECRET}"`],
    ['both', `password: &a !!str ${SECRET}`],
    ['a wide gap', `password:                 ${SECRET}`],
    ['a table', `Password             : ${SECRET}`],
    ['an arrow', `'password' => '${SECRET}'`],
    ['two signs', `password := "${SECRET}"`],
    ['a list', `"password":["${SECRET}"]`],
    ['a longer list', `"passwords": ["a", "b", "${SECRET}"]`],
    ['a list of YAML', `password: [${SECRET}]`],
    ['three quotes', `password = """a "${SECRET}""""`],
    ['three of the others', `password = '''a ${SECRET}'''`],
    ['bytes', `password = b'a ${SECRET}'`],
    ['an old text', `{u'password': u'a ${SECRET}'}`],
    ['a flag', `mysql --password ${SECRET} -h db`],
    ['a flag with quotes', `tool --api-key "a ${SECRET}"`],
    ['a flag in a list', `["--client-secret", "a ${SECRET}"]`],
    ['the user of curl', `curl -u user:${SECRET} https://example.com`],
    ['the same in words', `curl --user 'user:${SECRET}' https://example.com`],
    ['a name with what has no width', `pass\u200bword=${SECRET}`],
    ['a token with it', `"to\u2060ken": "a ${SECRET}"`],
    ['a name in colours', `pass\u001b[31mword=${SECRET}`],
    ['all in colours', `\u001b[1;4mpassword\u001b[0m: \u001b[31m${SECRET}\u001b[0m`],
    ['an escaped name', `"p\\u0061ssword": "a ${SECRET}"`],
    ['a name with an escaped space', `pass\\u200bword=${SECRET}`],
    ['entities', `&quot;password&quot;:&quot;a ${SECRET}&quot;`],
    ['numbered entities', `&#34;pass&#x77;ord&#34;:&amp;#34;${SECRET}&#34;`],
    ['an element in entities', `&lt;password&gt;a ${SECRET}&lt;/password&gt;`],
    ['a webhook of Slack', `https://hooks.slack.com/services/T00000000/B00000000/${SECRET}`],
  ])('%s', (_, text) => {
    expect(redact(text)).not.toContain(SECRET)
  })

  test.each([
    'use --password to set it, or --token.',
    'the flags --password and --token cannot be together',
    'tool --password <password> --user <user>, or --password $' + '{PASSWORD}',
    'docker run -u 1000:1000 image',
    'git push -u origin main: done',
    '- name: PASSWORD_FILE\n  value: /run/it\n- name: WORKERS\n  value: four',
    '- name: DB_PASSWORD\n  valueFrom: x\n- name: WORKERS\n  value: four',
    '{"name":"DB_PASSWORD"},{"value":"four"}',
    'key: OnlineEndpoint/token\nvalue: 17',
    '<token> is a place, <b>token</b> is a word',
    'password: |',
  ])('and what holds none stays: %s', (text) => {
    expect(redact(text)).toBe(text)
  })

  test('a secret across the place where a long text is cut is not shown in part', () => {
    const token = `ghp_${'qKZ7'.repeat(9)}`
    for (let before = 65_480; before <= 65_540; before += 3)
      for (const secret of [token, `{"value":"horse-battery","name":"PASSWORD"}`]) {
        const shown = redact(`${' x'.repeat(40_000).slice(-before)}${secret} ${'y '.repeat(100)}`)
        expect(shown).not.toMatch(/ghp_|horse/)
        expect(shown.length).toBeGreaterThan(50_000)
      }
  })

  test('what follows the end of a key stays', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${LINES}-----END PRIVATE KEY-----`
    expect(redact(`${key}\nand more\n${key} end`)).toBe('[redacted]\nand more\n[redacted] end')
  })
})

test.each([
  ...['-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----\n', '-----BEGIN '],
  ...['cookie=<a ', '[value:', 'value:|\\n ', '<password>password:['],
  ...['value:', 'value: "', 'name: password value: x\n', '<a ', '<password>', '--password '],
  ...['\u200b', '\u001b[', '\u001b[1m', '\\u0061', '&amp;', '&quot;', '&#34;', '\u200bvalue:'],
  ...['password: |\n ', 'password: [', 'password: ["', 'password: &a ', 'password="""', '-u a:'],
])('four times as much of %j costs four times as much: less than eight', (part) => {
  const [some, more] = [16_384, 65_536].map((length) =>
    part.repeat(Math.ceil(length / part.length)),
  )
  expect(
    costRatio(
      () => redact(more ?? ''),
      () => redact(some ?? ''),
    ),
  ).toBeLessThan(8)
})
