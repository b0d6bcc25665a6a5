import type { Mutation } from '../mutation.ts'
import { inFile, testsIn } from './rows.ts'

const CLOUDS = testsIn('adapters/azure', 'clouds')
const ACCESS = testsIn('cli', 'azure-access')

/** What keeps the tokens of one cloud from the hosts of another. */
export const CLOUD_GUARDS: readonly Mutation[] = [
  ...inFile('src/adapters/azure/connection.ts', [
    [
      'a token of one cloud goes to ARM of another',
      'if (origin !== cloud.resourceManager && !isLoopback(new URL(origin)))',
      "if (origin === '')",
      CLOUDS,
    ],
  ]),
  ...inFile('src/adapters/azure/scoring/scoring.ts', [
    [
      'a key goes to an endpoint of another cloud',
      'isHostOf(url.hostname, cloud.inferenceSuffix, [2, 2])',
      "url.hostname.includes('.inference.ml.azure.')",
      testsIn('adapters/azure', 'prober'),
    ],
  ]),
  ...inFile('src/adapters/azure/trials/output.ts', [
    [
      'a token goes to services of a region of another cloud',
      'isPlain && isHostOf(url.hostname, cloud.mlServiceSuffix, [1, 3])',
      'isPlain && /\\.api\\.(?:azureml\\.ms|ml\\.azure\\.(?:us|cn))$/.test(url.hostname)',
      testsIn('adapters/azure', 'trial-tokens'),
    ],
  ]),
  ...inFile('src/adapters/azure/write/blobs.ts', [
    [
      'our own token goes to storage of another cloud',
      'const isAzure = isHostOf(',
      "const isAzure = url.hostname.includes('.blob.core.') || isHostOf(",
      testsIn('adapters/azure', 'upload'),
    ],
  ]),
  ...inFile('src/adapters/analysis/azure/azure-monitor.ts', [
    [
      'a token for metrics is made for the public cloud, whatever the cloud',
      'scope: tokenScopeOf(',
      "scope: 'https://metrics.monitor.azure.com/.default' || tokenScopeOf(",
      CLOUDS,
    ],
    [
      'what is said of the region becomes part of the address as it is',
      "region.toLowerCase().replaceAll(/[^a-z0-9]/g, '')",
      'region',
      testsIn('sandbox/monitor', 'monitor'),
    ],
  ]),
  ...inFile('src/compose/azure-access.ts', [
    [
      'ARM of nobody we know is taken for the public one',
      'if (endpoint !== cloud.resourceManager && !isLocal(endpoint))',
      "if (endpoint === '')",
      ACCESS,
    ],
    [
      'an authority of another cloud is taken at its word',
      'if (!cloud.authorities.includes(authorityHost) && !(isLocal(endpoint) && isLocal(authorityHost)))',
      "if (authorityHost === '')",
      ACCESS,
    ],
    [
      'a token of a real directory goes to whatever listens on this machine',
      'if (endpoint !== cloud.resourceManager && !isLocal(authorityHost))',
      "if (endpoint === '')",
      ACCESS,
    ],
    [
      'metrics are asked for at another cloud',
      'if (origin === undefined || isLocal(origin) || isOfIt(origin)) continue',
      'if (origin === undefined || isOfIt !== undefined) continue',
      ACCESS,
    ],
  ]),
  ...inFile('src/core/model/azure-cloud.ts', [
    [
      'a host that only looks like one of the cloud is one',
      'hostname.endsWith(`.',
      'hostname.endsWith(`',
      testsIn('core/model', 'azure-cloud'),
    ],
  ]),
  ...inFile('src/cli/doctor/cloud.ts', [
    [
      'doctor does not see that ARM is of another cloud',
      'if (!told.audiences.includes(audience))',
      'if (told.audiences.length === 0)',
      testsIn('cli', 'cloud'),
    ],
  ]),
  ...inFile('src/compose.ts', [
    [
      'an ARM on this machine leads to the metrics of Azure',
      'azure.endpoint === azure.cloud.resourceManager',
      "azure.endpoint !== ''",
      testsIn('cli', 'metrics-address'),
    ],
  ]),
]
