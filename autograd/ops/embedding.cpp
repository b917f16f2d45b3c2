// Taking rows out of a table, and adding rows into one: each is the other's adjoint.
#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

// y[i] = table[ids[i]]          d table[r] = sum of dy[i] over all i with ids[i] == r
// A row looked up three times gets three gradients added; a row never looked up gets zero.
Variable embedding(const Variable& table, const Indices& ids) {
  return record("embedding", embedding(table.value(), ids), {
      {table, [ids, n = table.shape()[0]](const Variable& dy, const Variable&) {
        return scatter_add_rows(dy, ids, n);
      }},
  });
}

// table[ids[i]] += x[i], from zero          dx[i] = d table[ids[i]]
Variable scatter_add_rows(const Variable& x, const Indices& ids, Index n) {
  return record("scatter_add_rows", scatter_add_rows(x.value(), ids, n), {
      {x, [ids](const Variable& dy, const Variable&) { return embedding(dy, ids); }},
  });
}

}  // namespace locus
