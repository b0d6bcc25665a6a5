/** One HTTP request as every shell passes it on. Header names are lower-case; the URL is absolute. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** One HTTP answer. `lost` = the connection is dropped instead of answering. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** The body as text, where that is at hand. Goes with `body`: who replaces one must not keep the other. */
  readonly text?: string
  readonly lost?: true
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>

/** An answer with a JSON body. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  }
}

/** An answer whose body is JSON text already. */
export function jsonTextResponse(status: number, text: string): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    text,
    get body() {
      return Buffer.from(text)
    },
  }
}

/** An answer with a plain text body. */
export function textResponse(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain', ...headers }, body: Buffer.from(body) }
}
