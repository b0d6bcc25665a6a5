/** Steady scoring requests, as a user's application sends them, and what came of them. */
export interface Load {
  /** So far. `failed`: any answer but 200, or none. */
  figures(): LoadFigures
  /** Sends no more, waits for the last answers. */
  stop(): Promise<LoadFigures>
}

export interface LoadFigures {
  readonly requests: number
  readonly failed: number
  /** The first failures, as text. */
  readonly failures: readonly string[]
  /** Answers by the deployment that gave them. */
  readonly servedBy: { readonly [deployment: string]: number }
}

const KEPT_FAILURES = 5

/** Sends one request every `everyMs`, the bodies in turn, whether or not the earlier ones have been answered. */
export function startLoad(options: {
  readonly url: string
  readonly key: string
  readonly bodies: readonly string[]
  readonly everyMs: number
}): Load {
  const servedBy: { [deployment: string]: number } = {}
  const failures: string[] = []
  const open = new Set<Promise<void>>()
  let requests = 0
  let failed = 0

  async function send(body: string): Promise<void> {
    try {
      const response = await fetch(options.url, {
        method: 'POST',
        headers: { authorization: `Bearer ${options.key}`, 'content-type': 'application/json' },
        body,
      })
      const text = await response.text()
      const deployment = response.headers.get('azureml-model-deployment') ?? 'unknown'
      if (response.status !== 200)
        return fail(`${deployment}: ${response.status} ${text.slice(0, 200)}`)
      servedBy[deployment] = (servedBy[deployment] ?? 0) + 1
    } catch (error) {
      fail(String(error))
    }
  }

  function fail(why: string): void {
    failed += 1
    if (failures.length < KEPT_FAILURES) failures.push(why)
  }

  const timer = setInterval(() => {
    const body = options.bodies[requests % options.bodies.length] ?? ''
    requests += 1
    const request = send(body).finally(() => open.delete(request))
    open.add(request)
  }, options.everyMs)
  const figures = (): LoadFigures => ({
    requests,
    failed,
    failures: [...failures],
    servedBy: { ...servedBy },
  })
  return {
    figures,
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      return figures()
    },
  }
}
