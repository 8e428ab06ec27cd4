package dev.domicile.migrator.plan;

import dev.domicile.migrator.Finding;
import dev.domicile.migrator.schema.Catalog;
import dev.domicile.migrator.schema.Column;
import dev.domicile.migrator.session.RealmSession;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds types of the same name that are not the same in both realms, and their extensions. */
final class TypeComparison {
  private static final String TYPES =
      """
      SELECT format_type(t.oid, NULL) AS name, t.typtype::text AS kind,
             CASE t.typtype
               WHEN 'e' THEN ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
               WHEN 'd' THEN ARRAY(SELECT format_type(t.typbasetype, t.typtypmod))
                 || ARRAY(SELECT 'NOT NULL' WHERE t.typnotnull)
                 || ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
                          WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY 1)
               WHEN 'c' THEN ARRAY(SELECT quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                          FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                          ORDER BY a.attnum)
               WHEN 'r' THEN ARRAY(SELECT format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid)
               ELSE '{}' END AS definition,
             ARRAY(SELECT format_type(CASE WHEN p.typcategory = 'A' THEN p.typelem ELSE p.oid END, NULL) FROM pg_type p
                   WHERE p.oid = t.typbasetype
                      OR p.oid IN (SELECT a.atttypid FROM pg_attribute a
                                   WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
                      OR p.oid IN (SELECT rngsubtype FROM pg_range WHERE rngtypid = t.oid)
                      OR t.typtype = 'm' AND p.oid IN (
                          SELECT rngtypid FROM pg_range WHERE rngmultitypid = t.oid)) AS parts,
             (SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
              WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e') AS extension
      FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
      WHERE t.oid >= 16384 AND t.typcategory <> 'A' AND (c.relkind IS NULL OR c.relkind = 'c')
      """;

  private final TableFacts target;
  private final Map<String, Type> here;
  private final Map<String, Type> there;
  private final List<Finding> findings = new ArrayList<>();

  TypeComparison(TableFacts source, TableFacts target) {
    this.target = target;
    this.here = read(source.session());
    this.there = read(target.session());
  }

  /** Compares the types that columns of these tables are of. */
  List<Finding> find(Catalog sourceCatalog, Plan plan) {
    Set<String> used = new TreeSet<>();
    for (TablePlan table : plan.tables()) {
      sourceCatalog.table(table.name()).orElseThrow().columns().stream()
          .map(Column::baseType)
          .forEach(type -> addWithParts(type, used));
    }
    Set<String> extensions = new TreeSet<>();
    for (String name : used) {
      Type type = here.get(name);
      if (type != null && type.extension() != null) {
        extensions.add(type.extension());
      } else if (type != null && there.containsKey(name)) {
        compare(name, type, there.get(name));
      }
    }
    extensions.forEach(this::requireExtension);
    return findings;
  }

  private void addWithParts(String name, Set<String> used) {
    Type type = here.get(name);
    if (type != null && used.add(name)) {
      type.parts().forEach(part -> addWithParts(part, used));
    }
  }

  private void compare(String name, Type type, Type other) {
    if (type.kind().equals("e") && other.kind().equals("e")) {
      compareLabels(name, type.definition(), other.definition());
    } else if (!type.kind().equals(other.kind()) || !type.definition().equals(other.definition())) {
      boolean sameBase =
          type.kind().equals("d")
              && other.kind().equals("d")
              && type.definition().get(0).equals(other.definition().get(0));
      findings.add(
          new Finding(
              sameBase ? Finding.Severity.WARNING : Finding.Severity.ERROR,
              type.kind().equals("d") ? "domain-differs" : "type-definition-differs",
              name,
              "is "
                  + type.definition()
                  + " at the source and "
                  + other.definition()
                  + " in "
                  + target.realm(),
              "bring both realms to the same schema version"));
    }
  }

  private void compareLabels(String name, List<String> labels, List<String> others) {
    List<String> missing = labels.stream().filter(label -> !others.contains(label)).toList();
    List<String> common = others.stream().filter(labels::contains).toList();
    if (!missing.isEmpty()) {
      enumDiffers(Finding.Severity.ERROR, name, "lacks the labels " + missing);
    } else if (!common.equals(labels)) {
      enumDiffers(Finding.Severity.ERROR, name, "has its labels in another order");
    } else if (others.size() > labels.size()) {
      enumDiffers(Finding.Severity.WARNING, name, "has more labels");
    }
  }

  private void enumDiffers(Finding.Severity severity, String name, String problem) {
    findings.add(
        new Finding(
            severity,
            "enum-differs",
            name,
            problem + " in " + target.realm(),
            "bring both realms to the same schema version"));
  }

  private void requireExtension(String extension) {
    boolean missing = there.values().stream().noneMatch(type -> extension.equals(type.extension()));
    if (missing) {
      findings.add(
          Finding.error(
              "extension-missing",
              extension,
              "is missing in " + target.realm() + ", and columns are of its types",
              "run CREATE EXTENSION in " + target.realm()));
    }
  }

  private static Map<String, Type> read(RealmSession session) {
    Map<String, Type> types = new HashMap<>();
    session.query(
        TYPES,
        row ->
            types.put(
                row.getString("name"),
                new Type(
                    row.getString("kind"),
                    strings(row.getArray("definition")),
                    strings(row.getArray("parts")),
                    row.getString("extension"))));
    return types;
  }

  private static List<String> strings(Array array) throws SQLException {
    return List.copyOf(Arrays.asList((String[]) array.getArray()));
  }

  private record Type(
      String kind, List<String> definition, List<String> parts, @Nullable String extension) {}
}
