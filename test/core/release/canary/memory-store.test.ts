import { objectStoreContract } from '../../../contracts/object-store.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

objectStoreContract({
  many: 300,
  place: async () => {
    const store = new MemoryStore();
    return async () => store;
  },
});
