/** Secrets as they are met: each kind in the text that carries it. They are made of a seed, so that no real one stands here. */
export interface Planted {
  readonly kind: string
  /** What somebody writes, or Azure answers. */
  readonly text: string
  /** What of it must be shown nowhere. */
  readonly secret: string
}

type Make = (letters: (count: number, alphabet?: string) => string) => readonly [string, string]

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const BASE64 = `${ALPHANUMERIC}+/`
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const HEX = '0123456789abcdef'

/** A text in which the secret is what `carry` wraps. */
const carried =
  (secretOf: (letters: Parameters<Make>[0]) => string, carry: (secret: string) => string): Make =>
  (letters) => {
    const secret = secretOf(letters)
    return [carry(secret), secret]
  }

const of =
  (prefix: string, count: number, alphabet?: string) =>
  (letters: Parameters<Make>[0]): string =>
    `${prefix}${letters(count, alphabet)}`

/** A password that a person chose: nothing in it looks random. */
const word = (letters: Parameters<Make>[0]): string => `horse-${letters(6, 'abcdefghij')}-battery`

const KINDS: { readonly [kind: string]: Make } = {
  storageKey: carried(
    (letters) => `${letters(86, BASE64)}==`,
    (key) =>
      `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${key};EndpointSuffix=core.windows.net`,
  ),
  storageKeyAlone: carried(
    (letters) => `${letters(86, BASE64)}==`,
    (key) => key,
  ),
  serviceBusKey: carried(
    (letters) => `${letters(43, BASE64)}=`,
    (key) =>
      `Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=${key}`,
  ),
  cosmosKey: carried(
    (letters) => `${letters(86, BASE64)}==`,
    (key) => `AccountEndpoint=https://acme.documents.azure.com:443/;AccountKey=${key};`,
  ),
  sqlPassword: carried(
    word,
    (password) =>
      `Connection failed: Server=tcp:acme.database.windows.net;User ID=sa;Password=${password};Encrypt=yes`,
  ),
  pwd: carried(word, (password) => `Driver={ODBC};Uid=sa;Pwd=${password};`),
  nestedPair: carried(word, (password) => `error: password=${password}`),
  sas: carried(
    (letters) => `${letters(43, ALPHANUMERIC)}%3D`,
    (sig) =>
      `https://acme.blob.core.windows.net/models/m.bin?sv=2024-01-01&se=2027-01-01&sr=b&sp=r&sig=${sig}`,
  ),
  jwt: carried(
    (letters) => `eyJ${letters(30)}.eyJ${letters(60)}.${letters(43)}`,
    (jwt) => jwt,
  ),
  bearer: carried(of('', 40), (token) => `Authorization: Bearer ${token}`),
  basic: carried(
    (letters) => Buffer.from(`sa:${letters(18)}`).toString('base64'),
    (basic) => `authorization: Basic ${basic}`,
  ),
  authorizationToken: carried(of('', 40, HEX), (token) => `Authorization: token ${token}`),
  azureSearchKey: carried(
    (letters) => `${letters(42)}AzSe${letters(6)}`,
    (key) => `api-key: ${key}`,
  ),
  apiKeyInAddress: carried(of('', 32, HEX), (key) => `https://api.example.com/v1?api_key=${key}`),
  subscriptionKey: carried(of('', 32, HEX), (key) => `Ocp-Apim-Subscription-Key: ${key}`),
  passwordInAddress: carried(word, (password) => `https://sa:${password}@git.example.com/acme.git`),
  tokenInAddress: carried(
    of('', 40, HEX),
    (token) => `git+https://${token}@git.example.com/acme.git`,
  ),
  indexPassword: carried(
    word,
    (password) => `--extra-index-url https://reader:${password}@pypi.example.com/simple`,
  ),
  postgres: carried(word, (password) => `PGPASSWORD=${password}`),
  postgresAddress: carried(
    word,
    (password) => `postgresql://sa:${password}@db.example.com:5432/acme`,
  ),
  huggingFace: carried(of('hf_', 34), (token) => token),
  gitHub: carried(of('ghp_', 36), (token) => token),
  gitHubFineGrained: carried(of('github_pat_', 60), (token) => token),
  gitLab: carried(of('glpat-', 20), (token) => token),
  slack: carried(
    (letters) => `xoxb-${letters(12, '0123456789')}-${letters(24)}`,
    (token) => token,
  ),
  openAi: carried(of('sk-proj-', 48), (token) => token),
  aws: carried(of('AKIA', 16, UPPER), (id) => id),
  awsSecret: carried(of('', 40, BASE64), (key) => `aws_secret_access_key = ${key}`),
  privateKey: carried(
    of('', 64, BASE64),
    (key) => `-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----`,
  ),
  pgpKey: carried(
    of('', 64, BASE64),
    (key) => `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${key}\n-----END PGP PRIVATE KEY BLOCK-----`,
  ),
  condaToken: carried(
    (letters) => `ab-${letters(36)}`,
    (token) => `https://conda.anaconda.org/t/${token}/acme/linux-64`,
  ),
  slackWebhook: carried(
    of('', 24),
    (token) => `https://hooks.slack.com/services/T00000000/B00000000/${token}`,
  ),
  jsonPair: carried(word, (value) => JSON.stringify({ name: 'DB_PASSWORD', value })),
  yamlPair: carried(word, (password) => `- value: ${password}\n  name: DB_PASSWORD\n`),
  element: carried(word, (password) => `<password>${password}</password>`),
  block: carried(word, (password) => `password: |\n  ${password}\n`),
  flag: carried(word, (password) => `mysql --password ${password}`),
  curl: carried(word, (password) => `curl -u sa:${password} https://example.com`),
  clientSecret: carried(
    (letters) => `${letters(3)}8Q~${letters(34)}`,
    (secret) => `AZURE_CLIENT_SECRET=${secret}`,
  ),
  jsonPassword: carried(word, (password) => JSON.stringify({ user: 'sa', password })),
  jsonToken: carried(of('', 24), (token) => JSON.stringify({ auth: { access_token: token } })),
  devOpsToken: carried(
    of('', 52, 'abcdefghijklmnopqrstuvwxyz234567'),
    (token) => `SYSTEM_ACCESSTOKEN: ${token}`,
  ),
  wandb: carried(of('', 40, HEX), (key) => `WANDB_API_KEY=${key}`),
}

/** `count` secrets, the kinds in turn; the same for the same seed. */
export function secretsOf(count: number, seed: number): readonly Planted[] {
  const letters = lettersOf(seed)
  const kinds = Object.entries(KINDS)
  return Array.from({ length: count }, (_, place) => {
    const [kind, make] = kinds[place % kinds.length] as (typeof kinds)[number]
    const [text, secret] = make(letters)
    return { kind, text, secret }
  })
}

export const SECRET_KINDS = Object.keys(KINDS)

/** mulberry32: a small generator that is the same everywhere. */
function lettersOf(seed: number): Parameters<Make>[0] {
  let state = seed
  const next = (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  return (count, alphabet = ALPHANUMERIC) =>
    Array.from({ length: count }, () => alphabet[next(alphabet.length)]).join('')
}
