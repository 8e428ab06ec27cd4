package dev.domicile.router;

import static dev.domicile.router.Site.A;
import static dev.domicile.router.Site.B;
import static dev.domicile.router.Site.EU;
import static dev.domicile.router.Site.US;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.domicile.testkit.TestDatabases;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** What is logged of routes and realms, as key-value pairs that a program can read. */
final class RouteEventsIT {
  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final Logger logger = (Logger) LoggerFactory.getLogger("dev.domicile.router");
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private Site site;
  private Router router;

  @BeforeEach
  void open() throws Exception {
    System.setErr(new PrintStream(log, true, UTF_8));
    logger.setLevel(Level.INFO);
    site = new Site(databases);
    router = new Router(site.config());
    router.routes().add(A, US);
    router.routes().add(B, US);
    await().until(() -> router.feed().age().isPresent());
    assertThat(router.resolve(A).realm()).isEqualTo(US);
  }

  @AfterEach
  void close() {
    router.close();
    logger.setLevel(null);
    System.setErr(stderr);
  }

  @Test
  void aRouteThatChangesIsLoggedByNodesThatHaveItCached() throws Exception {
    router.routes().moveTo(router.routes().find(A).orElseThrow(), EU);
    awaitEvents(1);
    site.control.execute(
        "UPDATE domicile.route SET state = 'FROZEN', epoch = epoch + 1"
            + " WHERE client_key = 'tenant-a'");
    awaitEvents(2);
    router.routes().remove(router.routes().find(A).orElseThrow());
    awaitEvents(3);
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> router.resolve(A))
                    .isInstanceOf(UnknownTenantException.class));

    assertThat(events("route_changed"))
        .containsExactly(
            "event=route_changed tenant=tenant-a from=US to=EU state=ACTIVE epoch=2",
            "event=route_changed tenant=tenant-a from=EU to=EU state=FROZEN epoch=3",
            "event=route_changed tenant=tenant-a from=EU to=none state=REMOVED epoch=4");

    // Tenant B is not cached here, and what was heard of twice has changed once.
    router.routes().moveTo(router.routes().find(B).orElseThrow(), EU);
    await().until(() -> router.resolve(B).realm().equals(EU));
    assertThat(events("route_changed")).hasSize(3);
  }

  @Test
  void realmsThatComeAndGoAreLogged() {
    Realm au = new Realm("AU");
    router.addRealm(au, Site.config(databases.create("au")));
    router.removeRealm(au);

    assertThat(events("realm_added")).contains("event=realm_added realm=AU");
    assertThat(events("realm_removed")).containsExactly("event=realm_removed realm=AU");
  }

  private void awaitEvents(int count) {
    await().until(() -> events("route_changed").size() == count);
  }

  /** The pairs of each event of that name. */
  private List<String> events(String name) {
    String marked = "event=" + name;
    return log.toString(UTF_8)
        .lines()
        .filter(line -> line.contains(marked))
        .map(line -> line.substring(line.indexOf(marked)).strip())
        .toList();
  }
}
