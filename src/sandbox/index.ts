export type {
  OpenSandbox,
  OpenSandboxOptions,
  SandboxRequest,
  SandboxResponse,
  VirtualClock,
} from './open.ts'
export { openSandbox } from './open.ts'
