package dev.domicile.spring;

import java.util.List;

/**
 * What follows from Atlassian's library being there.
 *
 * @param openPaths paths that it answers itself and that have no tenant
 * @param filterOrder a place behind its filters
 */
record AtlassianApp(List<String> openPaths, int filterOrder) {}
