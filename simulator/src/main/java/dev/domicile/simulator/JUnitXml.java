package dev.domicile.simulator;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** The report as build servers read it: a test case for each scenario. */
final class JUnitXml {
  private JUnitXml() {}

  static void write(Report report, Path file) {
    try (Writer out = Files.newBufferedWriter(file)) {
      XMLStreamWriter xml = XMLOutputFactory.newInstance().createXMLStreamWriter(out);
      xml.writeStartDocument();
      xml.writeStartElement("testsuite");
      xml.writeAttribute("name", "domicile rehearse " + clean(report.app()));
      xml.writeAttribute("tests", String.valueOf(report.scenarios().size()));
      xml.writeAttribute("failures", String.valueOf(report.count(Outcome.FAILED)));
      xml.writeAttribute("errors", "0");
      xml.writeAttribute("skipped", String.valueOf(report.count(Outcome.SKIPPED)));
      xml.writeAttribute("time", seconds(report.seconds()));
      xml.writeAttribute("timestamp", report.startedAt().toString());
      for (ScenarioResult result : report.scenarios()) {
        testCase(xml, result);
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (IOException | XMLStreamException e) {
      throw new RehearsalException(
          ExitCode.USAGE, "the file '" + file + "' cannot be written; correct --junit-xml");
    }
  }

  private static void testCase(XMLStreamWriter xml, ScenarioResult result)
      throws XMLStreamException {
    xml.writeStartElement("testcase");
    xml.writeAttribute("classname", "dev.domicile.rehearsal");
    xml.writeAttribute("name", result.name());
    xml.writeAttribute("time", seconds(result.seconds()));
    if (result.outcome() == Outcome.FAILED) {
      List<Check> failures = result.failures();
      xml.writeStartElement("failure");
      xml.writeAttribute("type", failures.get(0).rule().name());
      xml.writeAttribute("message", clean(failures.get(0).detail()));
      xml.writeCharacters(
          clean(failures.stream().map(JUnitXml::line).collect(Collectors.joining("\n"))));
      xml.writeEndElement();
    } else if (result.outcome() == Outcome.SKIPPED) {
      xml.writeEmptyElement("skipped");
      xml.writeAttribute("message", clean(result.note()));
    }
    xml.writeStartElement("system-out");
    xml.writeCharacters(clean(String.join("\n", TextReport.lines(result))));
    xml.writeEndElement();
    xml.writeEndElement();
  }

  private static String line(Check check) {
    return check.rule()
        + ": "
        + check.detail()
        + " ("
        + check.rule().text()
        + "; "
        + check.rule().source()
        + ")";
  }

  /** Without the characters that XML cannot hold; an app may answer with any. */
  private static String clean(String text) {
    return text.replaceAll("[^\\x09\\x0A\\x0D\\x20-\\uD7FF\\uE000-\\uFFFD]", "?");
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.3f", seconds);
  }
}
