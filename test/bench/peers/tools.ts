import { join } from 'node:path'
import { MAIN } from '../../cli/program.ts'
import { client } from '../../official-clients/microsoft.ts'
import { OPENTOFU } from './opentofu.ts'
import type { Tool } from './tool.ts'

const VERDIGRIS: Tool = {
  name: 'Verdigris',
  prepare: async (_, { manifests, data, addressFile }) => {
    const args = [MAIN, 'sync', manifests, '--sandbox', addressFile]
    const env = { VERDIGRIS_DATA_DIR: data, NODE_COMPILE_CACHE: join(data, 'compiled') }
    return () => ({ program: process.execPath, args, env })
  },
}

const AZURE_AI_ML: Tool = {
  name: 'azure-ai-ml',
  async prepare(sandbox, { manifests, addressFile, atOnce }) {
    if (!('python' in client)) throw new Error(client.reason)
    const { python } = client
    const args = [join(import.meta.dirname, 'pipeline.py'), addressFile, manifests, String(atOnce)]
    const env = {
      ARM_CLOUD_METADATA_URL: `${sandbox.armTls}/metadata/endpoints?api-version=2022-09-01`,
      REQUESTS_CA_BUNDLE: sandbox.caFile,
      PYTHONDONTWRITEBYTECODE: '1',
    }
    return () => ({ program: python, args, env })
  },
}

export const TOOLS: readonly Tool[] = [VERDIGRIS, AZURE_AI_ML, OPENTOFU]
