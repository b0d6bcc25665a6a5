import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Sandbox } from '../../../src/sandbox/index.ts'
import { type ArmClient, connect, tokenOf } from '../../sandbox/shell/arm-client.ts'
import { CONCURRENT, IMAGE, nameOf, scriptOf } from './manifests.ts'
import type { Command, Tool } from './tool.ts'

/** OpenTofu and its provider are built as Go modules: eight minutes, once. */
const FOLDER = join(import.meta.dirname, '../../../node_modules/.cache/verdigris-peers')

/** Apart from the modules, one of which has the name of its program. */
const PROGRAMS = join(FOLDER, 'bin')

interface Module {
  readonly name: string
  readonly program: string
  readonly main: string
  readonly requires: string
  readonly replaces?: string
}

const MODULES: readonly Module[] = [
  {
    name: 'azapi',
    program: 'terraform-provider-azapi_v1.15.0',
    main: 'github.com/Azure/terraform-provider-azapi',
    requires: 'github.com/Azure/terraform-provider-azapi v1.15.0',
  },
  {
    name: 'tofu',
    program: 'tofu',
    main: 'github.com/opentofu/opentofu/cmd/tofu',
    requires: 'github.com/opentofu/opentofu v1.8.8',
    // A module's own replacements do not count where it is required: this is the one of OpenTofu 1.8.8.
    replaces:
      'github.com/hashicorp/hcl/v2 v2.20.1 => github.com/opentofu/hcl/v2 v2.0.0-20240416130056-03228b26f391',
  },
]

const run = promisify(execFile)

async function build({ name, program, main, requires, replaces }: Module): Promise<void> {
  if (existsSync(join(PROGRAMS, program))) return
  process.stderr.write(`Building ${main} …\n`)
  const module = join(FOLDER, name)
  await mkdir(module, { recursive: true })
  const replace = replaces === undefined ? '' : `\nreplace ${replaces}\n`
  await writeFile(
    join(module, 'go.mod'),
    `module verdigris.dev/peers/${name}\n\ngo 1.22\n\nrequire ${requires}\n${replace}`,
  )
  await writeFile(
    join(module, 'tools.go'),
    `//go:build tools\n\npackage tools\n\nimport _ "${main}"\n`,
  )
  const go = (...args: readonly string[]) =>
    run('go', args, {
      cwd: module,
      env: { ...process.env, CGO_ENABLED: '0' },
      maxBuffer: 64 * 1024 * 1024,
    })
  await go('mod', 'tidy', '-e')
  await go('build', '-o', join(PROGRAMS, program), main)
}

const TYPE = 'Microsoft.MachineLearningServices/workspaces'
const VERSION = '2024-04-01'

/** OpenTofu with the azapi provider: the same resources, files uploaded beforehand as a pipeline would. */
export const OPENTOFU: Tool = {
  name: 'OpenTofu',
  async prepare(sandbox, { size, atOnce, data }) {
    for (const module of MODULES) await build(module)
    const bin = join(data, 'bin')
    await mkdir(bin, { recursive: true })
    await writeFile(
      join(data, 'tofu.rc'),
      `provider_installation {\n  dev_overrides { "azure/azapi" = "${PROGRAMS}" }\n  direct {}\n}\n`,
    )
    const upload = uploadsOnce()
    return async (modelVersion): Promise<Command> => {
      // Tokens last an hour, the works of many endpoints together longer.
      const arm = await connect(sandbox)
      await writeFile(join(bin, 'az'), await azFor(sandbox))
      await chmod(join(bin, 'az'), 0o755)
      await writeFile(
        join(data, 'main.tf.json'),
        JSON.stringify(
          await configurationOf(sandbox, { arm, upload }, size, modelVersion),
          undefined,
          1,
        ),
      )
      return {
        program: join(PROGRAMS, 'tofu'),
        args: [`-chdir=${data}`, 'apply', '-auto-approve', '-no-color', `-parallelism=${atOnce}`],
        env: {
          PATH: `${bin}:${process.env.PATH}`,
          SSL_CERT_FILE: sandbox.caFile,
          TF_CLI_CONFIG_FILE: join(data, 'tofu.rc'),
          CHECKPOINT_DISABLE: '1',
        },
      }
    }
  },
}

const DAY_MS = 24 * 3_600_000

/** The provider's other ways to a token insist on the public cloud: it is given what `az` would say. */
async function azFor(sandbox: Sandbox): Promise<string> {
  const token = {
    accessToken: await tokenOf(sandbox),
    // Local time, as older versions of `az` say it; this version of the provider reads no other.
    expiresOn: `${new Date(Date.now() + DAY_MS).toISOString().slice(0, 19).replace('T', ' ')}.000000`,
    subscription: sandbox.subscriptionId,
    tenant: sandbox.tenantId,
    tokenType: 'Bearer',
  }
  return `#!/bin/sh\ncat <<'END'\n${JSON.stringify(token)}\nEND\n`
}

type Upload = (arm: ArmClient, name: string, file: string, text: string) => Promise<string>

/** The URI of a folder with one file, which stays the same. */
function uploadsOnce(): Upload {
  const uris = new Map<string, Promise<string>>()
  return (arm, name, file, text) => {
    const key = `${name}/${file}`
    const uri = uris.get(key) ?? arm.upload(name, { [file]: text })
    uris.set(key, uri)
    return uri
  }
}

interface Reach {
  readonly arm: ArmClient
  readonly upload: Upload
}

type Block = Readonly<Record<string, unknown>>

async function configurationOf(
  sandbox: Sandbox,
  reach: Reach,
  size: number,
  modelVersion: number,
): Promise<Block> {
  const resources: Record<string, Block> = {}
  const updates: Record<string, Block> = {}
  for (let place = 0; place < size; place += 1)
    await addEndpoint(reach, place, place === 0 ? modelVersion : 1, { resources, updates })
  return {
    terraform: { required_providers: { azapi: { source: 'azure/azapi' } } },
    provider: {
      azapi: {
        use_cli: true,
        use_msi: false,
        skip_provider_registration: true,
        subscription_id: sandbox.subscriptionId,
        tenant_id: sandbox.tenantId,
        endpoint: [
          {
            resource_manager_endpoint: sandbox.armTls,
            resource_manager_audience: 'https://management.azure.com',
            active_directory_authority_host: sandbox.login,
          },
        ],
      },
    },
    resource: { azapi_resource: resources, azapi_update_resource: updates },
  }
}

async function addEndpoint(
  { arm, upload }: Reach,
  place: number,
  modelVersion: number,
  { resources, updates }: Record<'resources' | 'updates', Record<string, Block>>,
): Promise<void> {
  const name = nameOf(place)
  const at = arm.workspacePath
  const shared = { schema_validation_enabled: false, location: 'norwayeast' }
  const asset = (kind: string, version: number, properties: Block): Block => ({
    type: `${TYPE}/${kind}/versions@${VERSION}`,
    name: String(version),
    parent_id: `${at}/${kind}/${name}`,
    schema_validation_enabled: false,
    body: { properties },
  })
  resources[`${name}-code`] = asset('codes', 1, {
    codeUri: await upload(arm, name, 'score.py', scriptOf(place)),
  })
  resources[`${name}-environment`] = asset('environments', 1, {
    image: IMAGE,
  })
  resources[`${name}-model`] = asset('models', modelVersion, {
    modelType: 'custom_model',
    modelUri: await upload(arm, name, `model-${modelVersion}.txt`, 'weights\n'),
    tags: { 'sandbox.latency_ms': '5', 'sandbox.answer': `{"score": ${modelVersion}}` },
  })
  resources[name] = {
    ...shared,
    type: `${TYPE}/onlineEndpoints@${VERSION}`,
    ...{ name, parent_id: at },
    identity: [{ type: 'SystemAssigned' }],
    body: { properties: { authMode: 'Key' } },
  }
  const slots = place === 0 ? ['blue', 'green'] : ['blue']
  for (const slot of slots)
    resources[`${name}-${slot}`] = {
      ...shared,
      type: `${TYPE}/onlineEndpoints/deployments@${VERSION}`,
      ...{ name: slot, parent_id: `\${azapi_resource.${name}.id}` },
      body: {
        sku: { name: 'Default', capacity: 1 },
        properties: {
          endpointComputeType: 'Managed',
          instanceType: 'Standard_DS3_v2',
          requestSettings: { maxConcurrentRequestsPerInstance: CONCURRENT },
          codeConfiguration: {
            codeId: `\${azapi_resource.${name}-code.id}`,
            scoringScript: 'score.py',
          },
          environmentId: `\${azapi_resource.${name}-environment.id}`,
          model:
            slot === 'blue'
              ? `\${azapi_resource.${name}-model.id}`
              : `${at}/models/${name}/versions/1`,
        },
      },
      // Azure makes one deployment of an endpoint at a time, and refuses the other.
      ...(slot === 'blue' ? {} : { depends_on: [`azapi_resource.${name}-blue`] }),
    }
  // The endpoint has to be there before its deployments, and these before its traffic.
  updates[name] = {
    type: `${TYPE}/onlineEndpoints@${VERSION}`,
    resource_id: `\${azapi_resource.${name}.id}`,
    body: {
      properties: {
        traffic: Object.fromEntries(slots.map((slot) => [slot, slot === 'blue' ? 100 : 0])),
      },
    },
    depends_on: slots.map((slot) => `azapi_resource.${name}-${slot}`),
  }
}
