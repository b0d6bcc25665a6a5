import type { Mutation } from '../mutation.ts'
import { inFile, testsIn } from './rows.ts'

const READING = testsIn('cli', 'read-in-thread')
const ENDPOINTS = testsIn('adapters/azure', 'endpoints')

/** What is read from a repository and an endpoint, and what is written down, when somebody means harm. */
export const EDGES: readonly Mutation[] = [
  ...inFile('src/compose/reading/reading-cost.ts', [
    [
      'a file is read without end',
      'else if (spent - fileSince > fileMs)',
      'else if (spent - fileSince > 1e9)',
      READING,
    ],
    [
      'a snapshot is read without end',
      'if (spent - since > snapshotMs)',
      'if (spent - since > 1e9)',
      READING,
    ],
  ]),
  ...inFile('src/compose/reading/read-in-thread.ts', [
    [
      'memory that a repository takes fails the look',
      "const excess = isOutOfMemory(error) ? 'memory' : cost.excess()",
      'const excess = cost.excess()',
      READING,
    ],
  ]),
  ...inFile('src/cli/crash.ts', [
    [
      'S17 an error that nobody caught is printed with its secrets',
      'printable(redact(inspect(error)), false)',
      'printable(inspect(error), false)',
      testsIn('cli', 'crash'),
    ],
    [
      'S17 an error outside of every command is printed by Node, with its secrets',
      "process.on('uncaughtException', (error) => {",
      "process.on('nothing', (error) => {",
      testsIn('cli', 'crash'),
    ],
    [
      'S17 a signal opens the inspector',
      "process.on('SIGUSR1', () => {})",
      '',
      testsIn('cli', 'crash'),
    ],
  ]),
  ...inFile('src/cli/index.ts', [
    [
      'an answer that found no room on a disk is a success',
      'process.exitCode = 1',
      '',
      testsIn('cli', 'full-disk'),
    ],
  ]),
  ...inFile('src/adapters/telemetry/log.ts', [
    [
      'a full disk behind the log ends the controller',
      "pino.destination({ dest: 2, sync: true }).on('error', () => {",
      "pino.destination({ dest: 2, sync: true }).on('close', () => {",
      testsIn('cli', 'full-disk'),
    ],
  ]),
  ...inFile('src/adapters/git/local-copy/objects.ts', [
    [
      'long paths take as much memory as they like',
      'else if (bytes > listBytes) stop(',
      'else if (bytes > 1e12) stop(',
      testsIn('adapters/git', 'scale'),
    ],
  ]),
  ...inFile('src/adapters/git/folder/listing.ts', [
    [
      'long paths of a folder take as much memory as they like',
      'if (bytes > listBytes) throw',
      'if (bytes > 1e12) throw',
      testsIn('adapters/git', 'folder'),
    ],
  ]),
  ...inFile('src/lib/turns.ts', [
    [
      'a long list keeps probes waiting',
      'if (performance.now() < endsAt) return undefined',
      'if (performance.now() < endsAt + 1e9) return undefined',
      testsIn('lib', 'turns'),
    ],
  ]),
  ...inFile('src/adapters/analysis/prometheus/managed-prometheus.ts', [
    [
      'S17 a token of Entra goes to a host of another name',
      "if (protocol !== 'https:' || !isHostOf(hostname, prometheusSuffix, [2, 2])) return server",
      "if (protocol !== 'https:') return server",
      testsIn('adapters/analysis', 'managed-prometheus'),
    ],
    [
      'S17 a token of Entra goes over a line without TLS',
      "if (protocol !== 'https:' || !isHostOf(",
      'if (!isHostOf(',
      testsIn('adapters/analysis', 'managed-prometheus'),
    ],
  ]),
  ...inFile('src/adapters/analysis/prometheus/prometheus-series.ts', [
    [
      'what a pair of servers scraped is counted twice',
      'oncePerPair(raw, query.replicaLabel)',
      'raw',
      testsIn('adapters/analysis', 'prometheus'),
    ],
  ]),
  ...inFile('src/sandbox/blobs/azurite.ts', [
    [
      'what kills a command kills its blob store before it has saved',
      '    detached: true,\n',
      '',
      testsIn('sandbox/shell', 'kept-blobs'),
    ],
    [
      'a signal to every process closes the blob store while it is written to',
      "if (String(event).startsWith('SIG'))",
      'if (false)',
      testsIn('sandbox/shell', 'kept-blobs'),
    ],
  ]),
  ...inFile('src/sandbox/engine.ts', [
    [
      'what a container prints before the sandbox ends is not kept',
      '      save()\n',
      '',
      testsIn('sandbox/shell', 'start'),
    ],
  ]),
  ...inFile('src/sandbox/scoring/worker.ts', [
    [
      'a header of a model ends the sandbox',
      '    validateHeaderValue(given, value)\n',
      '',
      testsIn('sandbox/shell', 'scoring'),
    ],
  ]),
  ...inFile('src/sandbox/http/listener.ts', [
    [
      'an answer that HTTP has no form for ends the sandbox',
      "        write(outgoing, failure(error, options.onError), incoming.method === 'HEAD')\n",
      '        throw error\n',
      testsIn('sandbox/shell', 'listener'),
    ],
  ]),
  ...inFile('src/adapters/git/process/environment.ts', [
    [
      'a Git token behind its user name is shown',
      "[token, token.slice(token.indexOf(':') + 1)]",
      '[token]',
      testsIn('adapters/git', 'hostile-server'),
    ],
  ]),
  ...inFile('src/adapters/git/remote.ts', [
    [
      'git takes all the memory there is',
      "const memoryBytes = scheme === 'folder' ? 8 * limits.memoryBytes : limits.memoryBytes",
      'const memoryBytes = 8 * 1024 ** 3 + 0 * limits.memoryBytes',
      testsIn('adapters/git', 'limits'),
    ],
  ]),
  ...inFile('src/adapters/git/process/environment.ts', [
    [
      'a repository on this machine is asked through the proxy',
      "  if (LOOPBACK.test(hostname)) pairs.push(['http.proxy', ''])\n",
      '',
      testsIn('cli', 'proxy'),
    ],
    [
      'the user name of a Git token is sent as a part of it',
      "token.includes(':') ? token :",
      "token.includes('\\n') ? token :",
      testsIn('adapters/git', 'repository'),
    ],
  ]),
  ...inFile('src/adapters/azure/identity/credential.ts', [
    [
      'the sandbox is signed in to through the proxy',
      'isLocal ? [directPolicy()] : []',
      'isLocal ? [] : []',
      testsIn('cli', 'proxy'),
    ],
  ]),
  ...inFile('src/core/manifests/documents/yaml.ts', [
    [
      'each of a million syntax errors is kept',
      '  if (errors > most) return undefined',
      '  if (errors > 1e9) return undefined',
      READING,
    ],
  ]),
  ...inFile('src/adapters/azure/endpoints/score.ts', [
    [
      'S17 an error of an endpoint repeats the key that was sent',
      'cleanText(text, [secret])',
      'cleanText(text)',
      ENDPOINTS,
    ],
    [
      'the answer of an endpoint fills the memory',
      'if (size > bytesMax) throw',
      'if (size > 1e12) throw',
      ENDPOINTS,
    ],
  ]),
  ...inFile('src/adapters/journal/audit.ts', [
    [
      'a flood of refused levers pushes out what was done',
      "answer.result === 'refused' ? 'refused' : 'accepted'",
      "'accepted'",
      testsIn('adapters/journal', 'audit'),
    ],
  ]),
]
