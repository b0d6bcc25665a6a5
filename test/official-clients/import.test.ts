import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createFolder, run } from '../cli/program.ts'
import { slowMs, tellSkipped } from '../sandbox/python/index-venv.ts'
import { client, runScript } from './microsoft.ts'
import { inSandbox } from './workspaces.ts'

const project = join(import.meta.dirname, 'project', 'online')

if ('reason' in client) tellSkipped('import of what azure-ai-ml made', client.reason)
const slow = 'reason' in client ? describe.skip : describe

slow('slow: a workspace that azure-ai-ml made', () => {
  const folder = createFolder()
  afterAll(() => folder.remove())

  test(
    'is imported as manifests that plan to no change',
    async () => {
      await inSandbox({ timeScale: 100_000 }, folder.path, 'made', async (sandbox, address) => {
        const said = await runScript('make.py', sandbox, address, project)
        expect(said.get('traffic')).toEqual({ blue: 25, green: 75 })
        const into = join(folder.path, 'models')
        const imported = await run(folder.path, ['import', into, '--sandbox', address])
        expect(imported).toMatchObject({ code: 0 })
        expect(readdirSync(into)).toContain('online-endpoints')
        const planned = await run(folder.path, ['plan', into, '--sandbox', address])
        expect(planned).toMatchObject({ code: 0 })
        expect(planned.stdout).toContain('No changes')
        return said
      })
    },
    slowMs,
  )
})
