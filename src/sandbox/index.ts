export type {
  OpenSandbox,
  OpenSandboxOptions,
  SandboxRequest,
  SandboxResponse,
  VirtualClock,
} from './open.ts'
export { openSandbox } from './open.ts'
export type { PythonMode } from './python/environment.ts'
export type { Sandbox, StartSandboxOptions } from './start.ts'
export { startSandbox } from './start.ts'
