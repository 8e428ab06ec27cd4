package dev.domicile.migrator;

import dev.domicile.migrator.Certificate.Comparison;
import dev.domicile.migrator.Certificate.Move;
import dev.domicile.migrator.Certificate.OldCopy;
import dev.domicile.migrator.RealmCheck.Holding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.commons.text.StringEscapeUtils;
import org.jspecify.annotations.Nullable;

/** Writes a certificate as one page of HTML, to be read on a screen or printed. */
final class CertificatePage {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm:ss 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final Certificate certificate;

  CertificatePage(Certificate certificate) {
    this.certificate = certificate;
  }

  String html() {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Data residency of %1$s</title>
    <style>
    %2$s
    </style>
    </head>
    <body>
    <main>
    <header>
    <p class="kind">Certificate of data residency</p>
    <h1>%1$s</h1>
    <p class="home">lives in <strong>%3$s</strong> since %4$s</p>
    %5$s
    </header>
    <section>
    <h2>Where the data is</h2>
    <p>Every configured realm was asked for rows of this tenant when this certificate was issued.</p>
    %6$s
    </section>
    <section>
    <h2>How it came there</h2>
    %7$s
    </section>
    <footer>Issued by Domicile on %8$s for %9$s. Digests are SHA-256 of the number of rows of each table and
    of the sums of 64-bit hashes that the database servers computed of each row; equal rows have equal digests,
    in whatever order they rest.</footer>
    </main>
    </body>
    </html>
    """
        .formatted(
            text(certificate.tenant()),
            resource("certificate.css"),
            text(certificate.home()),
            time(certificate.since()),
            verdict(),
            realms(),
            moves(),
            time(certificate.issuedAt()),
            text(certificate.issuedBy()));
  }

  private String verdict() {
    if (certificate.realms().stream().anyMatch(c -> c.state() == RealmCheck.State.REMNANTS)) {
      return "<p class=\"verdict bad\">Rows of this tenant are in a realm where they should not"
          + " be.</p>";
    }
    if (!certificate.clean()) {
      return "<p class=\"verdict open\">Not every realm could be looked at.</p>";
    }
    return certificate.realms().stream().anyMatch(c -> c.state() == RealmCheck.State.COPY)
        ? "<p class=\"verdict open\">Besides its home, the data rests in the copies of moves named"
            + " below.</p>"
        : "<p class=\"verdict good\">No other realm holds a row of this tenant.</p>";
  }

  private String realms() {
    return certificate.realms().stream()
        .map(
            check ->
                """
                <tr class="%s"><th>%s</th><td>%s%s</td><td class="number">%s</td><td>%s</td></tr>
                """
                    .formatted(
                        check.state().name().toLowerCase(Locale.ROOT),
                        text(check.realm()),
                        meaning(check),
                        holdings(check.tables()),
                        known(check) ? number(check.rows()) : "?",
                        time(check.at())))
        .collect(
            Collectors.joining(
                "",
                "<table><thead><tr><th>Realm</th><th>What it holds</th><th"
                    + " class=\"number\">Rows</th><th>Asked at</th></tr></thead><tbody>\n",
                "</tbody></table>"));
  }

  private static boolean known(RealmCheck check) {
    return check.state() != RealmCheck.State.UNCHECKED && check.state() != RealmCheck.State.SHARED;
  }

  private static String meaning(RealmCheck check) {
    String note = check.note() == null ? "" : ": " + text(check.note());
    return switch (check.state()) {
      case HOME -> "the tenant's home";
      case COPY -> "a copy" + note;
      case CLEAN -> "nothing of this tenant";
      case REMNANTS -> "rows that nobody accounts for";
      case SHARED -> "the database of the tenant's home";
      case UNCHECKED -> "not known" + note;
    };
  }

  private String moves() {
    if (certificate.moves().isEmpty()) {
      return "<p>It was never moved: it was created in " + text(certificate.home()) + ".</p>";
    }
    return certificate.moves().stream()
        .map(CertificatePage::move)
        .collect(Collectors.joining("\n", "<ol>", "</ol>"));
  }

  private static String move(Move move) {
    return """
    <li>
    <h3>From %s to %s</h3>
    <p>Switched on %s by %s, as migration %d.</p>
    <dl>%s%s</dl>
    </li>
    """
        .formatted(
            text(move.from()),
            text(move.to()),
            time(move.committedAt()),
            text(move.committedBy()),
            move.migration(),
            copied(move.copied()),
            oldCopy(move));
  }

  private static String copied(@Nullable Comparison copied) {
    return copied == null
        ? entry("Copied", "nothing: both realms had one database, and the route changed alone")
        : entry(
            "Verified",
            "%s rows in %s chunks, each compared in both realms by the digest of its rows; complete on %s%s"
                .formatted(
                    number(copied.rows()),
                    number(copied.chunks()),
                    time(copied.at()),
                    digest(copied.digest())));
  }

  private static String oldCopy(Move move) {
    @Nullable OldCopy old = move.oldCopy();
    if (old == null) {
      return "";
    }
    String title = "Old copy in " + text(move.from());
    if (old.keptUntil() != null) {
      return entry(title, "kept until %s, takes no writes".formatted(time(old.keptUntil())));
    }
    return entry(
        title,
        "deleted on %s by %s: %s rows%s%s"
            .formatted(
                time(Objects.requireNonNull(old.purgedAt())),
                text(Objects.requireNonNullElse(old.purgedBy(), "")),
                number(old.rows()),
                digest(old.digest()),
                holdings(old.tables())));
  }

  private static String entry(String title, String description) {
    return "<dt>" + title + "</dt><dd>" + description + "</dd>\n";
  }

  private static String holdings(List<Holding> tables) {
    return tables.isEmpty()
        ? ""
        : tables.stream()
            .map(table -> text(table.table()) + " " + number(table.rows()))
            .collect(Collectors.joining(", ", "<span class=\"tables\">", "</span>"));
  }

  private static String digest(@Nullable String digest) {
    return digest == null ? "" : "<code>" + text(digest) + "</code>";
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String time(Instant instant) {
    return "<time datetime=\"%s\">%s</time>".formatted(instant, TIME.format(instant));
  }

  private static String text(Object value) {
    return StringEscapeUtils.escapeHtml4(value.toString());
  }

  private static String resource(String name) {
    try (InputStream stream = CertificatePage.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(stream, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
