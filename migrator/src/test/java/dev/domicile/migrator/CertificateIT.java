package dev.domicile.migrator;

import static dev.domicile.migrator.TwoRealms.EU;
import static dev.domicile.migrator.TwoRealms.TENANT;
import static dev.domicile.migrator.TwoRealms.US;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.Certificate.Comparison;
import dev.domicile.migrator.Certificate.Move;
import dev.domicile.migrator.cli.CommandLineFixture;
import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A certificate says what the databases say, and nothing that they do not. */
final class CertificateIT {
  private static final Progress.Listener NONE = Progress.Listener.NONE;

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  @TempDir Path folder;

  @Test
  void followsATenantFromItsMoveToThePurge() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 60);
    long rows = TwoRealms.rows(realms.us, TENANT.clientKey()).size();
    Certificate before = realms.migrator().certificate(TENANT, NONE);
    assertThat(before.home()).isEqualTo(US);
    assertThat(before.moves()).isEmpty();
    assertThat(before.clean()).isTrue();
    assertThat(before.page()).contains("never moved");

    realms.committed();
    Certificate kept = realms.migrator().certificate(TENANT, NONE);
    Move move = kept.moves().get(0);
    Comparison copied = requireNonNull(move.copied());
    assertThat(kept.home()).isEqualTo(EU);
    assertThat(kept.since())
        .isEqualTo(realms.migrator().routes().find(TENANT).orElseThrow().since());
    assertThat(copied.rows()).isEqualTo(rows);
    assertThat(copied.digest()).hasSize(64);
    assertThat(requireNonNull(move.oldCopy()).keptUntil())
        .isEqualTo(move.committedAt().plus(Duration.ofDays(30)));
    assertThat(requireNonNull(kept.lastVerification()).digest()).isEqualTo(copied.digest());
    assertThat(kept.page()).contains("kept until", "the copies of moves named below");

    new Migrator(realms.smallChunks().withRetention(Duration.ZERO), "janitor").purge(TENANT, NONE);
    Certificate purged = realms.migrator().certificate(TENANT, NONE);
    Certificate.OldCopy old = requireNonNull(purged.moves().get(0).oldCopy());
    assertThat(purged.lastVerification()).isNull();
    assertThat(old.rows()).isEqualTo(rows);
    assertThat(old.digest()).as("nothing was written between").isEqualTo(copied.digest());
    assertThat(old.purgedBy()).isEqualTo("janitor");
    assertThat(old.tables()).hasSize(6);
    assertThat(purged.realms().get(1).state()).isEqualTo(RealmCheck.State.CLEAN);
    assertThat(purged.page())
        .contains(old.digest(), "janitor", "public.note_label", "No other realm holds a row")
        .doesNotContain("kept until");
  }

  @Test
  void neverSaysCleanOfRowsInTheWrongRealm() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    realms.eu.execute("INSERT INTO atlassian_host VALUES ('tenant-a', 'hidden', '', true, now())");

    Certificate certificate = realms.migrator().certificate(TENANT, NONE);

    assertThat(certificate.clean()).isFalse();
    assertThat(certificate.page())
        .contains("where they should not be", "public.atlassian_host")
        .doesNotContain("No other realm", "hidden");
  }

  @Test
  void keepsATenantsNameFromBecomingMarkup() {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    TenantId tenant = new TenantId("<b onload='x'>&amp;");
    realms.migrator().routes().add(tenant, US);

    assertThat(realms.migrator().certificate(tenant, NONE).page())
        .contains("&lt;b onload=")
        .doesNotContain("<b ");
  }

  @Test
  void isWrittenToAFileOnDemand() throws IOException {
    TwoRealms realms = TwoRealms.withSampleApp(databases, 5);
    CommandLineFixture cli = new CommandLineFixture(folder, realms);
    Path page = folder.resolve("acme.html");

    CommandLineFixture.Outcome outcome =
        cli.run("certificate", "tenant-a", "--page", page.toString());

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("lives in US", "Written to");
    assertThat(Files.readString(page)).startsWith("<!DOCTYPE html>").contains("tenant-a");
    assertThat(cli.run("certificate", "tenant-a", "--page", "/nowhere/x.html").code()).isEqualTo(4);
  }
}
