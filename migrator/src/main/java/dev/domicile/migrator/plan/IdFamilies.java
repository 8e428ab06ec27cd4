package dev.domicile.migrator.plan;

import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.schema.ForeignKey;
import dev.domicile.migrator.schema.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Columns that hold ids of one kind: linked by a foreign key, by a tenant path, or by the sequence
 * of the target that feeds them. If one of them changes, all have to.
 */
final class IdFamilies {
  private final Map<Place, Set<Place>> links = new HashMap<>();

  /** The families of a plan's columns. */
  IdFamilies(Plan plan) {
    Map<String, Place> fed = new HashMap<>();
    for (TablePlan table : plan.tables()) {
      for (ForeignKey key : table.references()) {
        link(table.name(), key.columns(), key.referenced(), key.referencedColumns());
      }
      for (TenantPath.ByParent path : table.path().parentPaths()) {
        link(table.name(), path.columns(), path.parent(), path.parentColumns());
      }
      for (PlannedColumn column : table.columns()) {
        if (column.sequence() != null) {
          Place place = new Place(table.name(), column.name());
          link(place, fed.computeIfAbsent(column.sequence(), sequence -> place));
        }
      }
    }
  }

  /** A column of a table. */
  record Place(TableName table, String column) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byTable = table.compareTo(other.table);
      return byTable == 0 ? column.compareTo(other.column) : byTable;
    }

    @Override
    public String toString() {
      return table + "." + column;
    }
  }

  /** The column with all those that hold ids of its kind. */
  Set<Place> of(Place place) {
    Set<Place> family = new TreeSet<>(Set.of(place));
    List<Place> open = new ArrayList<>(family);
    for (int i = 0; i < open.size(); i++) {
      links.getOrDefault(open.get(i), Set.of()).stream().filter(family::add).forEach(open::add);
    }
    return family;
  }

  private void link(TableName from, List<String> columns, TableName to, List<String> referenced) {
    for (int i = 0; i < columns.size(); i++) {
      link(new Place(from, columns.get(i)), new Place(to, referenced.get(i)));
    }
  }

  private void link(Place one, Place other) {
    links.computeIfAbsent(one, place -> new TreeSet<>()).add(other);
    links.computeIfAbsent(other, place -> new TreeSet<>()).add(one);
  }
}
