package dev.domicile.migrator;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A schema that chance made up, with rows: tables with a tenant column or without, composite keys
 * and none, references to tables before, to themselves and in circles. Every row has a column
 * {@code mark} that says whose it is, which is nothing that a migrator could know.
 */
final class RandomSchema {
  private static final List<String> TYPES =
      List.of(
          "text", "numeric", "float8", "timestamptz", "jsonb", "int[]", "bytea", "uuid", "date");

  private final Random random;
  private final List<Made> tables = new ArrayList<>();

  RandomSchema(long seed) {
    random = new Random(seed);
    int count = 2 + random.nextInt(7);
    for (int i = 0; i < count; i++) {
      tables.add(table(i));
    }
    for (int i = 0; i < count; i++) {
      closeCircle(tables.get(i), i);
    }
  }

  /** A reference to another table, of two columns where that has a composite key. */
  private record Reference(String name, int to, boolean notNull) {}

  private record Made(
      String name,
      boolean tenantColumn,
      boolean composite,
      boolean keyless,
      List<Reference> references,
      List<String> types) {}

  private Made table(int number) {
    boolean tenantColumn = number == 0 || random.nextInt(3) == 0;
    boolean keyless = number > 0 && random.nextInt(8) == 0;
    List<Reference> references = new ArrayList<>();
    List<Integer> parents =
        IntStream.range(0, number).filter(i -> !tables.get(i).keyless()).boxed().toList();
    int wanted = number == 0 ? 0 : random.nextInt(3) + (tenantColumn ? 0 : 1);
    boolean onlyNullable = !tenantColumn && random.nextInt(5) == 0;
    for (int i = 0; i < wanted; i++) {
      boolean notNull = !onlyNullable && (i == 0 || random.nextBoolean());
      int parent = parents.get(random.nextInt(parents.size()));
      references.add(new Reference("ref" + i, parent, notNull));
    }
    if (!keyless && !onlyNullable && random.nextInt(4) == 0) {
      references.add(new Reference("self", number, false));
    }
    List<String> types =
        random.ints(random.nextInt(4), 0, TYPES.size()).mapToObj(TYPES::get).toList();
    String name = random.nextInt(5) == 0 ? "\"Tablé " + number + "\"" : "t" + number;
    return new Made(name, tenantColumn, random.nextInt(3) == 0, keyless, references, types);
  }

  /** A reference to a later table, which leads back over one that is not null perhaps. */
  private void closeCircle(Made table, int number) {
    boolean known =
        table.tenantColumn() || table.references().stream().anyMatch(Reference::notNull);
    List<Integer> later =
        IntStream.range(number + 1, tables.size())
            .filter(i -> !tables.get(i).keyless())
            .boxed()
            .toList();
    if (!table.keyless() && known && !later.isEmpty() && random.nextInt(3) == 0) {
      table.references().add(new Reference("back", later.get(random.nextInt(later.size())), false));
    }
  }

  /** The script that creates the tables. */
  String create() {
    StringBuilder sql = new StringBuilder();
    for (Made table : tables) {
      List<String> columns = new ArrayList<>();
      columns.add("id int NOT NULL");
      columns.add("mark text NOT NULL");
      if (table.composite()) {
        columns.add("sub text NOT NULL");
      }
      if (table.tenantColumn()) {
        columns.add("client_key text NOT NULL");
      }
      for (Reference reference : table.references()) {
        String notNull = reference.notNull() ? " NOT NULL" : "";
        columns.add(reference.name() + " int" + notNull);
        if (tables.get(reference.to()).composite()) {
          columns.add(reference.name() + "_sub text" + notNull);
        }
      }
      for (int i = 0; i < table.types().size(); i++) {
        columns.add("v" + i + " " + table.types().get(i));
      }
      if (!table.keyless()) {
        columns.add("PRIMARY KEY (" + key(table) + ")");
      }
      sql.append("CREATE TABLE %s (%s);%n".formatted(table.name(), String.join(", ", columns)));
    }
    for (Made table : tables) {
      for (Reference reference : table.references()) {
        Made to = tables.get(reference.to());
        String columns =
            reference.name() + (to.composite() ? ", " + reference.name() + "_sub" : "");
        sql.append(
            "ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s (%s);%n"
                .formatted(table.name(), columns, to.name(), key(to)));
      }
    }
    return sql.toString();
  }

  /**
   * The script that adds a tenant's rows.
   *
   * @param from the first id; a tenant takes less than a thousand
   */
  String rows(String tenant, int from) {
    StringBuilder sql = new StringBuilder();
    List<Integer> counts =
        tables.stream().map(table -> random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(40)).toList();
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      Made table = tables.get(i);
      boolean orphan =
          table.references().stream()
              .anyMatch(r -> r.to() < rows.size() && rows.get(r.to()) == 0 && isNeeded(table, r));
      rows.add(orphan ? 0 : counts.get(i));
    }
    for (int i = 0; i < tables.size(); i++) {
      for (int row = 0; row < rows.get(i); row++) {
        sql.append(insert(tables.get(i), tenant, from, row, rows, i));
      }
    }
    // What may lead in a circle can only be set when all rows are there.
    for (int i = 0; i < tables.size(); i++) {
      for (Reference reference : tables.get(i).references()) {
        if (reference.to() >= i && rows.get(reference.to()) > 0) {
          sql.append(update(tables.get(i), reference, tenant, from, rows.get(reference.to())));
        }
      }
    }
    return sql.toString();
  }

  /** Whether a row cannot be the tenant's without it. */
  private static boolean isNeeded(Made table, Reference reference) {
    return reference.notNull()
        || (!table.tenantColumn() && table.references().stream().noneMatch(Reference::notNull));
  }

  private String insert(
      Made table, String tenant, int from, int row, List<Integer> rows, int number) {
    List<String> names = new ArrayList<>(List.of("id", "mark"));
    List<String> values = new ArrayList<>(List.of(String.valueOf(from + row), "'" + tenant + "'"));
    if (table.composite()) {
      names.add("sub");
      values.add("'s" + (from + row) % 3 + "'");
    }
    if (table.tenantColumn()) {
      names.add("client_key");
      values.add("'" + tenant + "'");
    }
    for (Reference reference : table.references()) {
      boolean set =
          reference.to() < number
              && rows.get(reference.to()) > 0
              && (isNeeded(table, reference) || random.nextBoolean());
      if (set) {
        int to = from + random.nextInt(rows.get(reference.to()));
        names.add(reference.name());
        values.add(String.valueOf(to));
        if (tables.get(reference.to()).composite()) {
          names.add(reference.name() + "_sub");
          values.add("'s" + to % 3 + "'");
        }
      }
    }
    for (int i = 0; i < table.types().size(); i++) {
      if (random.nextInt(4) > 0) {
        names.add("v" + i);
        values.add(value(table.types().get(i)));
      }
    }
    return "INSERT INTO %s (%s) VALUES (%s);%n"
        .formatted(table.name(), String.join(", ", names), String.join(", ", values));
  }

  private String update(Made table, Reference reference, String tenant, int from, int rows) {
    String to = "%d + (id * %d) %% %d".formatted(from, 1 + random.nextInt(5), rows);
    String sub =
        tables.get(reference.to()).composite()
            ? ", %s_sub = 's' || (%s) %% 3".formatted(reference.name(), to)
            : "";
    return "UPDATE %s SET %s = %s%s WHERE mark = '%s' AND id %% 3 > 0;%n"
        .formatted(table.name(), reference.name(), to, sub, tenant);
  }

  private String value(String type) {
    int n = random.nextInt(1000);
    return switch (type) {
      case "text" -> "repeat('é\\' || chr(9), " + n % 50 + ")";
      case "numeric" -> random.nextBoolean() ? "'NaN'" : n + ".50";
      case "float8" -> random.nextBoolean() ? "'-0'" : n + ".1";
      case "timestamptz" -> random.nextBoolean() ? "'infinity'" : "now() - interval '" + n + " h'";
      case "jsonb" -> "'{\"n\": " + n + ", \"a\": [1.0, null]}'";
      case "int[]" -> "'{" + n + ",NULL}'";
      case "bytea" -> "decode(md5('" + n + "'), 'hex')";
      case "uuid" -> "md5('" + n + "')::uuid";
      default -> "date '2000-01-01' + " + n;
    };
  }

  /** The condition of a tenant's rows, for every table. */
  static String owned(String tenant) {
    return "mark = '" + tenant + "'";
  }

  /** The names of the tables, as plain SQL finds them. */
  List<String> names() {
    return tables.stream().map(table -> "public." + table.name()).collect(Collectors.toList());
  }

  private static String key(Made table) {
    return table.composite() ? "id, sub" : "id";
  }
}
