package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.NEIGHBOUR;
import static dev.domicile.migrator.TwoRealms.RESIDENT;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;

import dev.domicile.testkit.Database;
import dev.domicile.testkit.SampleApp;
import dev.domicile.testkit.TestDatabases;
import java.util.List;
import java.util.stream.Stream;

/** What was added to the ids of a tenant of the sample app. */
record MovedIds(long board, long note, long comment) {
  static final MovedIds NONE = new MovedIds(0, 0, 0);

  /** The sample app in two realms that hand out the same ids, with tenants of that many notes. */
  static TwoRealms realms(TestDatabases databases, int notes) {
    TwoRealms realms = new TwoRealms(databases);
    SampleApp.create(realms.us, 1, 1);
    SampleApp.create(realms.eu, 1, 1);
    SampleApp.addTenant(realms.us, TENANT.clientKey(), notes);
    SampleApp.addTenant(realms.us, NEIGHBOUR, notes);
    SampleApp.addTenant(realms.eu, RESIDENT, notes);
    realms.migrator().init(false);
    realms.migrator().routes().add(TENANT, US);
    return realms;
  }

  /** The tenant's rows of the sample app as they are after their ids were moved. */
  static List<String> rows(Database database, MovedIds by) {
    String notes = " WHERE note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a')";
    return Stream.of(
            "SELECT t::text FROM atlassian_host AS t WHERE client_key = 'tenant-a'",
            "SELECT 'board ' || ROW(id + :board, name, settings)::text FROM board WHERE client_key = 'tenant-a'",
            "SELECT 'note ' || ROW(id + :note, board_id + :board, title, body, status, tags, position, due,"
                + " created_at, words)::text FROM note WHERE client_key = 'tenant-a'",
            "SELECT 'comment ' || ROW(id + :comment, note_id + :note, parent_id + :comment, author, body,"
                + " created_at)::text FROM comment"
                + notes,
            "SELECT 'attachment ' || ROW(id, note_id + :note, file_name, content)::text FROM attachment"
                + notes,
            "SELECT 'label ' || ROW(note_id + :note, label)::text FROM note_label" + notes)
        .flatMap(sql -> database.list(by.in(sql)).stream())
        .sorted()
        .toList();
  }

  static MovedIds between(Database one, Database other) {
    return new MovedIds(
        first(other, "board", "client_key = 'tenant-a'")
            - first(one, "board", "client_key = 'tenant-a'"),
        first(other, "note", "client_key = 'tenant-a'")
            - first(one, "note", "client_key = 'tenant-a'"),
        first(other, "comment", comments()) - first(one, "comment", comments()));
  }

  private static String comments() {
    return "note_id IN (SELECT id FROM note WHERE client_key = 'tenant-a')";
  }

  private static long first(Database database, String table, String condition) {
    return database.number("SELECT min(id) FROM " + table + " WHERE " + condition);
  }

  MovedIds negated() {
    return new MovedIds(-board, -note, -comment);
  }

  String in(String sql) {
    return sql.replace(":board", "(" + board + ")")
        .replace(":note", "(" + note + ")")
        .replace(":comment", "(" + comment + ")");
  }
}
