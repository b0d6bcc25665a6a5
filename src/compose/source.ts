import { resolve } from 'node:path'
import { openFolder } from '../adapters/git/folder/folder.ts'
import type { Credentials } from '../adapters/git/process/environment.ts'
import { openRepository } from '../adapters/git/repository.ts'
import type { Config } from '../config.ts'
import type { Application } from '../core/model/application.ts'
import { isFolder } from '../core/model/git/repository-url.ts'
import type { Meter, Source } from '../reconcile/ports.ts'

interface ClosableSource extends Source {
  watch(onChange: () => void): () => void
  close(): void | Promise<void>
}

/** A folder is read as it lies there; everything else is Git. */
export function openSource(
  { name, source }: Pick<Application, 'name' | 'source'>,
  { dataDir, gitToken, gitFiles, allowLocal, limits }: Config,
  meter?: Meter,
): ClosableSource {
  const { repository, revision, path } = source
  const metered = meter === undefined ? {} : { meter }
  if (allowLocal && isFolder(repository)) {
    const root = resolve(repository)
    return openFolder({ path: resolve(root, path), root, dataDir, ...metered })
  }
  const git = openRepository({
    name,
    repository,
    revision,
    path,
    dataDir,
    allowLocal,
    limits: { totalMs: limits.gitTimeoutMs },
    ...metered,
    credentials: credentialsOf(gitToken, gitFiles),
  })
  return { ...git, watch: () => () => {} }
}

function credentialsOf(
  token: Config['gitToken'],
  { sshKey, knownHosts, ca }: Config['gitFiles'],
): Credentials {
  const ssh = {
    ...(sshKey === undefined ? {} : { identityFile: sshKey }),
    ...(knownHosts === undefined ? {} : { knownHostsFile: knownHosts }),
  }
  return {
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { caFile: ca }),
    ssh,
  }
}
