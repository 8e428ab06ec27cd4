/**
 * Domicile in a Spring Boot application, by configuration alone: the routed data source, the tenant
 * filter, the lifecycle, health and meters. Every bean steps back where the application has its
 * own.
 */
@NullMarked
package dev.domicile.spring;

import org.jspecify.annotations.NullMarked;
