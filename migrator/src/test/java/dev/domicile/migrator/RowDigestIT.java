package dev.domicile.migrator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.copy.RowDigest;
import dev.domicile.migrator.plan.KeyRange;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.plan.TablePlan;
import dev.domicile.migrator.plan.TablePlan.KeyColumn;
import dev.domicile.migrator.plan.TablePlan.PlannedColumn;
import dev.domicile.migrator.plan.TenantPath;
import dev.domicile.migrator.plan.TenantRows;
import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.testkit.Database;
import dev.domicile.testkit.TestDatabases;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The digest is equal only where every bit of every value is, whatever the types call equal. */
final class RowDigestIT {
  private static final TableName TABLE = new TableName("public", "v");

  @RegisterExtension final TestDatabases databases = new TestDatabases();
  private RealmSession session;

  @BeforeEach
  void open() {
    Database database = databases.create("realm");
    database.execute(
        """
        CREATE COLLATION public.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TYPE public.mood AS ENUM ('sad', 'glad');
        CREATE TYPE public.pair AS (a numeric, b text);
        CREATE DOMAIN public.amount AS numeric;
        """);
    session = RealmSession.open("realms.US", TwoRealms.config(database));
  }

  @AfterEach
  void close() {
    session.close();
  }

  /** A null is given as such, and differs from every value. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      textBlock =
          """
          smallint; '1'; '2'
          integer; '0'; NULL
          bigint; '1'; '4294967296'
          bigint; '-1'; '0'
          bigint; '0'; NULL
          boolean; 'f'; NULL
          numeric; '1.0'; '1.00'
          numeric; 'NaN'; 'Infinity'
          numeric(9,2); '1'; '1.01'
          real; '-0'; '0'
          double precision; '-0'; '0'
          double precision; '0.1'; '0.10000000000000002'
          text; ''; NULL
          text; 'a'; 'a '
          text COLLATE public.caseless; 'Straße'; 'STRAẞE'
          character varying(20) COLLATE public.caseless; 'a'; 'A'
          character(5); 'a'; 'b'
          bpchar; 'a'; 'a  '
          name; 'a'; 'b'
          bytea; '\\x00'; '\\x0000'
          uuid; '00000000-0000-0000-0000-000000000000'; NULL
          date; '2000-01-01'; 'infinity'
          time without time zone; '00:00'; '24:00'
          time with time zone; '00:00+00'; '01:00+01'
          timestamp without time zone; '-infinity'; 'infinity'
          timestamp(3) with time zone; '2000-01-01 00:00:00.001+00'; '2000-01-01 00:00:00.002+00'
          interval; '1 day'; '24 hours'
          interval; '1 month'; '30 days'
          json; '{"a":1}'; '{"a": 1}'
          jsonb; '{"a":1.0}'; '{"a":1.00}'
          numeric[]; '{1.0}'; '{1.00}'
          text[]; '{NULL}'; '{"NULL"}'
          text[]; '{}'; '{""}'
          double precision[]; '{-0}'; '{0}'
          inet; '10.0.0.1'; '10.0.0.1/31'
          public.mood; 'sad'; 'glad'
          public.mood[]; '{sad,glad}'; '{glad,sad}'
          public.pair; '(1.0,a)'; '(1.00,a)'
          public.pair; '(,)'; NULL
          public.amount; '1.0'; '1.00'
          numrange; '[1.0,2]'; '[1.00,2]'
          tsvector; 'a:1'; 'a:2'
          bit varying; '01'; '010'
          """)
  void tellsValuesApartThatATypeMayCallEqual(String type, String one, String other) {
    create(type);
    assertThat(digest("(1, " + one + ", NULL)"))
        .as("a changed value")
        .isNotEqualTo(digest("(1, " + other + ", NULL)"));
    assertThat(digest("(1, " + one + ", " + other + ")"))
        .as("swapped columns")
        .isNotEqualTo(digest("(1, " + other + ", " + one + ")"));
    assertThat(digest("(1, " + one + ", NULL), (2, " + other + ", NULL)"))
        .as("values that two rows have exchanged")
        .isNotEqualTo(digest("(1, " + other + ", NULL), (2, " + one + ", NULL)"));
    assertThat(digest("(1, " + one + ", NULL), (2, " + other + ", NULL)"))
        .as("the order of the rows")
        .isEqualTo(digest("(2, " + other + ", NULL), (1, " + one + ", NULL)"));
  }

  @Test
  void countsRowsThatAreThereTwice() {
    create("text");
    session.execute("ALTER TABLE public.v DROP CONSTRAINT v_pkey");
    assertThat(digest("(1, 'a', NULL), (1, 'a', NULL)"))
        .isNotEqualTo(digest("(2, 'b', NULL), (2, 'b', NULL)"));
    assertThat(digest("(1, 'a', NULL)")).isNotEqualTo(digest("(1, 'a', NULL), (2, 'b', NULL)"));
  }

  @Test
  void readsValuesThatLieOutOfLine() {
    create("text");
    String far = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 3000) AS i)";
    assertThat(digest("(1, " + far + ", NULL)"))
        .isNotEqualTo(digest("(1, overlay(" + far + " placing 'x' from 90000), NULL)"));
  }

  private void create(String type) {
    session.execute("DROP TABLE IF EXISTS public.v");
    session.execute(
        "CREATE TABLE public.v (id bigint PRIMARY KEY, a %1$s, b %1$s, client_key text DEFAULT 't')"
            .formatted(type));
  }

  private RowDigest digest(String values) {
    session.execute("TRUNCATE public.v; INSERT INTO public.v (id, a, b) VALUES " + values);
    List<PlannedColumn> columns =
        session.query(
            """
            SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
            WHERE attrelid = 'public.v'::regclass AND attnum > 0 ORDER BY attnum
            """,
            row ->
                new PlannedColumn(
                    row.getString(1), row.getString(2), -1, false, null, false, null));
    TablePlan table =
        new TablePlan(
            TABLE,
            new TenantPath.ByColumn("client_key"),
            columns,
            List.of(new KeyColumn("id", "bigint", false)),
            true,
            true,
            List.of(),
            0);
    Plan plan = new Plan("t", "US", "EU", false, List.of(table), List.of(), List.of(), false);
    return RowDigest.of(session, new TenantRows(plan, table), KeyRange.ALL);
  }
}
