/** What ends a process from outside, by the number of the signal. */
const SIGNALS: Readonly<Record<number, string>> = {
  2: 'interrupted (SIGINT)',
  4: 'an illegal instruction (SIGILL): the code was built for another processor',
  6: 'aborted (SIGABRT)',
  7: 'a bus error (SIGBUS), often for want of shared memory: raise resources.sharedMemory',
  8: 'a division by zero or the like (SIGFPE)',
  9: 'killed (SIGKILL), most likely for want of memory: raise resources.memory',
  11: 'a segmentation fault (SIGSEGV)',
  13: 'a broken pipe (SIGPIPE)',
  15: 'ended from outside (SIGTERM)',
};

/** What a shell or a container engine says of a command that it could not run. */
const COMMANDS: Readonly<Record<number, string>> = {
  125: 'the container could not be started',
  126: 'the command is there but cannot be run: is it executable, and built for this machine?',
  127: "there is no such command: an image for SageMaker has one called 'train' on its PATH",
};

/** An exit code for people: 128 and the number of a signal, or a shell's own; any other one is the script's. */
export function exitInWords(code: number): string {
  const meaning = COMMANDS[code] ?? (code > 128 ? SIGNALS[code - 128] : undefined);
  return meaning === undefined ? `exit code ${code}` : `exit code ${code}: ${meaning}`;
}

/** Whether it was ended from outside: by whoever ends jobs, or by the system. */
export const isSignalled = (code: number): boolean => code === 130 || code === 137 || code === 143;
