// The house, as a table: a room, and the rooms it may look into. Nothing else is allowed.
/** Where the program and its threads begin: a thread is begun by its address, which is no import. */
const ENTRY = '^src/(verdigris[.]js|.+/(compare|manifests)-thread[.]ts)$'

const rooms = {
  'core/model': [],
  'core/kinds': ['core/model'],
  'core/judge': ['core/model'],
  'core/rollout': ['core/model', 'core/kinds', 'core/judge'],
  'core/manifests': ['core/model', 'core/kinds', 'core/rollout'],
  'core/plan': ['core/model', 'core/kinds', 'core/rollout', 'core/judge'],
  'core/report': ['core/model'],
  reconcile: ['core'],
  adapters: [
    ...['core/model', 'core/kinds', 'core/report', 'core/rollout/providers'],
    ...['reconcile/ports.ts', 'lib'],
  ],
  server: ['core/model', 'core/report', 'reconcile/ports.ts', 'lib'],
  sandbox: ['lib'],
  cli: ['core', 'reconcile', 'server', 'sandbox', 'lib', 'compose', 'compose.ts', 'config.ts'],
  lib: [],
}

// A package has one owner, so that replacing it touches one folder.
const owners = {
  '@azure/': 'adapters/(azure|analysis)',
  'simple-git': 'adapters/git',
  chokidar: 'adapters/git',
  'prom-client': 'adapters/telemetry',
  yaml: '(core/(kinds|manifests)|sandbox)',
  ignore: 'core/manifests',
  zod: 'core',
  '@cfworker/': 'core/rollout',
  fastify: '(server|sandbox)',
  commander: 'cli',
  pino: 'adapters/telemetry',
  'fast-json-patch': 'core/plan',
  '@noble/': 'core/model',
  jose: 'sandbox',
  azurite: 'sandbox',
  '@peculiar/': 'sandbox',
  'reflect-metadata': 'sandbox',
}

const under = (path) => `^src/${path}(/|$)`

const onlyLooksInto = ([room, mayLookInto]) => ({
  name: `${room} looks only into ${mayLookInto.join(', ') || 'itself'}`,
  severity: 'error',
  from: { path: under(room) },
  to: { path: '^src/', pathNot: [room, ...mayLookInto].map(under) },
})

const hasOneOwner = ([name, owner]) => ({
  name: `${name}-belongs-to-${owner}`,
  severity: 'error',
  from: { path: '^src/', pathNot: under(owner) },
  to: { path: `^node_modules/${name}` },
})

// Rooms within a room, and what of the house around them they do not look into.
const insides = {
  'rooms-of-the-plan-do-not-know-its-spine': [
    'core/plan/[^/]+/',
    'core/plan/(plan|findings|answers|asks|observed|unplanned|causes)[.]ts$',
  ],
  'rollouts-do-not-know-the-checks': [
    'core/plan/(rollouts|traffic|compare|capacity|ownership)/',
    'core/plan/(checks[.]ts$|prune/)',
  ],
  'documents-do-not-know-who-reads-them': [
    'core/manifests/[^/]+/',
    'core/manifests/(read|reference)[.]ts$',
  ],
  'the-sandbox-core-does-not-know-its-shells': ['sandbox/core/', 'sandbox/(?!core/)'],
  'resources-do-not-know-the-machine': [
    'sandbox/core/[^/]+/',
    'sandbox/core/(machine|dispatch|routes)[.]ts$',
  ],
}

const looksNotInto = ([name, [inside, outside]]) => ({
  name,
  severity: 'error',
  from: { path: `^src/${inside}` },
  to: { path: `^src/${outside}` },
})

export default {
  forbidden: [
    ...Object.entries(rooms).map(onlyLooksInto),
    ...Object.entries(owners).map(hasOneOwner),
    ...Object.entries(insides).map(looksNotInto),
    {
      name: 'adapters-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/([^/]+)/', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'kinds-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/core/kinds/([^/]+)/' },
      to: { path: '^src/core/kinds/([^/]+)/', pathNot: '^src/core/kinds/($1|fields)/' },
    },
    {
      name: 'only-compose-wires-adapters',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/adapters/', '^src/compose(/|[.]ts$)'] },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          ...Object.keys(rooms),
          '(main|compose|config)[.]ts',
          '(verdigris|compile-cache)[.]js',
          'compose',
        ].map(under),
      },
      to: {},
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'reachable-from-main',
      severity: 'error',
      from: { path: ENTRY },
      to: { path: '^src/', pathNot: ENTRY, reachable: false },
    },
    {
      name: 'lib-is-shared',
      severity: 'error',
      module: { path: '^src/lib/', numberOfDependentsLessThan: 2 },
      from: { path: '^src/' },
    },
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' } },
}
