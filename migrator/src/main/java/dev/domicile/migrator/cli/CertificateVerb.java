package dev.domicile.migrator.cli;

import dev.domicile.migrator.Certificate;
import dev.domicile.migrator.Certificate.Comparison;
import dev.domicile.migrator.Certificate.Move;
import dev.domicile.migrator.Certificate.OldCopy;
import dev.domicile.migrator.MigrationException.InvalidRequest;
import dev.domicile.migrator.Migrator;
import dev.domicile.migrator.RealmCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "certificate",
    description = {
      "Say where a tenant's data is, since when, by which moves it came there, and what became of"
          + " the copies that it left. Changes no row.",
      "Every configured realm is asked for rows of the tenant at this moment. --json writes it for"
          + " machines, --page as a page of HTML for people."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  domicile certificate acme --page acme.html", "  domicile certificate acme --json"})
final class CertificateVerb extends TenantVerb {
  @Option(
      names = "--page",
      paramLabel = "FILE",
      description = "Write it to this file as a page of HTML that needs nothing else.")
  @Nullable Path page;

  @Override
  ExitCode run(Migrator migrator, Output output) {
    Certificate certificate =
        withProgress(output, listener -> migrator.certificate(tenant(), listener));
    output.json(certificate);
    if (page != null) {
      write(page, certificate.page());
    }
    showCertificate(output, certificate);
    if (certificate.clean()) {
      return ExitCode.DONE;
    }
    return certificate.realms().stream()
            .anyMatch(check -> check.state() == RealmCheck.State.REMNANTS)
        ? ExitCode.DIFFERENT
        : ExitCode.UNAVAILABLE;
  }

  private static void write(Path file, String html) {
    try {
      Files.writeString(file, html);
    } catch (IOException e) {
      throw new InvalidRequest("--page " + file + " cannot be written; give another file");
    }
  }

  private void showCertificate(Output output, Certificate certificate) {
    output.line(
        "Tenant '%s' lives in %s since %s.",
        certificate.tenant(), certificate.home(), certificate.since());
    for (Move move : certificate.moves()) {
      output.line(
          "Moved from %s to %s on %s by %s (migration %d).",
          move.from(), move.to(), move.committedAt(), move.committedBy(), move.migration());
      Comparison copied = move.copied();
      if (copied != null) {
        output.line(
            "  Verified: %s rows in %s chunks%s.",
            Output.count(copied.rows()), Output.count(copied.chunks()), digest(copied.digest()));
      }
      OldCopy old = move.oldCopy();
      if (old != null) {
        output.line("  Old copy in %s: %s.", move.from(), fate(old));
      }
    }
    output.table(VerifyVerb.rows(certificate.realms()));
    output.line("Issued at %s by %s.", certificate.issuedAt(), certificate.issuedBy());
    if (page != null) {
      output.line("Written to %s.", page);
    }
  }

  private static String fate(OldCopy old) {
    return old.purgedAt() == null
        ? "kept until " + old.keptUntil()
        : "deleted on "
            + old.purgedAt()
            + " by "
            + old.purgedBy()
            + ", "
            + Output.count(old.rows())
            + " rows"
            + digest(old.digest());
  }

  private static String digest(@Nullable String digest) {
    return digest == null ? "" : ", digest " + digest;
  }
}
