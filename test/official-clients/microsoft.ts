import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { venvWith } from '../sandbox/python/index-venv.ts'

/** Microsoft's Python client; 140 MB on disk, made in 15 to 40 seconds, once. */
export const client = await venvWith(['azure-ai-ml==1.*', 'azure-identity==1.*'])

const scriptMs = 120_000

/** What a script said, by what it is about. */
export type Said = ReadonlyMap<string, unknown>

/**
 * Runs a script of this folder with Microsoft's client, set up by its own variables only: the cloud's description and
 * the certificate to trust (FACTS 11). Rejects with all that it wrote when it fails.
 */
export async function runScript(
  script: string,
  sandbox: Sandbox,
  addressFile: string,
  ...parameters: readonly string[]
): Promise<Said> {
  if (!('python' in client)) throw new Error(client.reason)
  const path = join(import.meta.dirname, script)
  const child = spawn(client.python, [path, addressFile, ...parameters], {
    env: {
      PATH: process.env.PATH,
      ARM_CLOUD_METADATA_URL: `${sandbox.armTls}/metadata/endpoints?api-version=2022-09-01`,
      REQUESTS_CA_BUNDLE: sandbox.caFile,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: scriptMs,
  })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stdout}${stderr}`)
  // The client itself writes dots while it waits, at the beginning of a line of ours too.
  const lines = stdout.split('\n').map((line) => line.replace(/^[^{]*/, ''))
  const said = lines.filter((line) => line.startsWith('{"what": ')).map((line) => JSON.parse(line))
  return new Map(said.map(({ what, value }) => [what, value]))
}
