package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.TablePlan.KeyColumn;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says in words what differs between two plans of one move. */
public final class PlanDiff {
  private final List<String> lines = new ArrayList<>();

  private PlanDiff() {}

  /** What is other in the second plan, a line for each difference; empty if nothing is. */
  public static List<String> between(Plan was, Plan now) {
    PlanDiff diff = new PlanDiff();
    diff.value(
        "foreign keys",
        was.foreignKeysDeferred() ? "checked by set" : "checked row by row",
        now.foreignKeysDeferred() ? "checked by set" : "checked row by row");
    diff.value("shared tables", was.shared(), now.shared());
    diff.value("tables left out", was.leftOut(), now.leftOut());
    Map<TableName, TablePlan> old = byName(was);
    Map<TableName, TablePlan> current = byName(now);
    Set<TableName> all = new LinkedHashSet<>(old.keySet());
    all.addAll(current.keySet());
    all.stream().sorted().forEach(name -> diff.table(name, old.get(name), current.get(name)));
    return diff.lines;
  }

  private void table(TableName name, @Nullable TablePlan was, @Nullable TablePlan now) {
    if (was == null || now == null) {
      lines.add(name + (was == null ? " is new" : " is gone"));
      return;
    }
    value(name + " tenant by", was.path(), now.path());
    value(name + " key", keys(was), keys(now));
    value(name + " format", format(was), format(now));
    value(name + " in chunks", was.chunked(), now.chunked());
    value(name + " wave", was.wave(), now.wave());
    each(name + " column ", was.columns(), now.columns(), PlannedColumn::name, PlanDiff::describe);
    each(
        name + " foreign key ",
        was.references(),
        now.references(),
        ForeignKey::name,
        key -> key.columns() + " -> " + key.referenced() + " " + key.referencedColumns());
    if (!was.columnNames().equals(now.columnNames())
        && Set.copyOf(was.columnNames()).equals(Set.copyOf(now.columnNames()))) {
      lines.add(name + " has its columns in another order");
    }
  }

  private <T> void each(
      String subject,
      Collection<T> was,
      Collection<T> now,
      Function<T, String> name,
      Function<T, String> description) {
    Map<String, String> old = was.stream().collect(Collectors.toMap(name, description));
    Map<String, String> current = now.stream().collect(Collectors.toMap(name, description));
    Set<String> all = new LinkedHashSet<>(old.keySet());
    all.addAll(current.keySet());
    for (String one : all.stream().sorted().toList()) {
      if (!old.containsKey(one)) {
        lines.add(subject + one + " is new");
      } else if (!current.containsKey(one)) {
        lines.add(subject + one + " is gone");
      } else {
        value(subject + one, String.valueOf(old.get(one)), String.valueOf(current.get(one)));
      }
    }
  }

  private void value(String subject, Object was, Object now) {
    if (!Objects.equals(was, now)) {
      lines.add(subject + " was " + was + " and is " + now);
    }
  }

  private static Map<TableName, TablePlan> byName(Plan plan) {
    Map<TableName, TablePlan> tables = new HashMap<>();
    plan.tables().forEach(table -> tables.put(table.name(), table));
    return tables;
  }

  private static List<String> keys(TablePlan table) {
    return table.key().stream().map(PlanDiff::describe).toList();
  }

  private static String describe(KeyColumn column) {
    return column.name() + " " + column.type() + (column.bytewise() ? " by bytes" : "");
  }

  private static String describe(PlannedColumn column) {
    return column.type()
        + (column.identityAlways() ? ", identity always" : "")
        + (column.sequence() == null ? "" : ", from " + column.sequence())
        + (column.late() ? ", written late" : "")
        + (column.offset() == null ? "" : ", moved by an offset");
  }

  private static String format(TablePlan table) {
    return table.binary() ? "binary" : "text";
  }
}
