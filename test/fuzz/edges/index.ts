import { azure } from './azure.ts'
import type { Edge } from './edge.ts'
import { redact } from './redact.ts'
import { render } from './render.ts'
import { routes } from './routes.ts'

/** Every edge: a row is all that another one needs. */
export const EDGES: readonly Edge[] = [redact, render, routes, azure]
