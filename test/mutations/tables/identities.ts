import type { Mutation } from '../mutation.ts'
import { inFile, testsIn } from './rows.ts'

const CHOICE = testsIn('cli', 'identity-choice')
const IDENTITIES = testsIn('adapters/azure', 'identities')
const APPLICATION = testsIn('core/manifests', 'application')

/** What keeps Applications from being each other, or somebody else, in Azure. */
export const IDENTITY_GUARDS: readonly Mutation[] = [
  ...inFile('src/core/manifests/applications/identity-spec.ts', [
    [
      'an Application has two identities',
      'if (names.filter((name) => fields[name] !== undefined).length === 1) return',
      'if (names.some((name) => fields[name] !== undefined)) return',
      APPLICATION,
    ],
  ]),
  ...inFile('src/compose/identity.ts', [
    [
      'a managed identity is that of the pod',
      'if (federatedTokenFile !== undefined && tenantId !== undefined)',
      "if (federatedTokenFile === '')",
      CHOICE,
    ],
    [
      'a token of a managed identity of Azure goes to this machine',
      'if (isLocal(endpoint) && !isHere)',
      "if (endpoint === '' && !isHere)",
      CHOICE,
    ],
  ]),
  ...inFile('src/compose.ts', [
    [
      'S18 two identities share the requests of one',
      'const who = chosen?.is ?? [tenantId, clientId]',
      'const who = [tenantId, clientId]',
      CHOICE,
    ],
  ]),
  ...inFile('src/adapters/azure/identity/chosen-identity.ts', [
    [
      'S17 the secret of an identity is in what the authority says of it',
      'throw new Error(cleanText(error.message, [clientSecret]))',
      'throw new Error(error.message)',
      IDENTITIES,
    ],
    [
      'a rotated secret is not seen',
      'if (last?.text !== text)',
      'if (last === undefined)',
      IDENTITIES,
    ],
  ]),
]
