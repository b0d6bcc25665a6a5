export { FileInUse } from './lock-file.ts'
export type {
  OpenSandbox,
  OpenSandboxOptions,
  SandboxRequest,
  SandboxResponse,
} from './open.ts'
export { openSandbox } from './open.ts'
export type { PythonMode } from './python/environment.ts'
export type { Rate } from './rehearsal/shapes.ts'
export type { Figures, Traffic, TrafficFigures, TrafficOptions } from './rehearsal/traffic.ts'
export { createTraffic } from './rehearsal/traffic.ts'
export type { Sandbox, StartSandboxOptions } from './start.ts'
export { startSandbox } from './start.ts'
export type { VirtualClock } from './virtual-clock.ts'
