#include "harness/run/result/result_shape.h"
#include "harness/sweep/report/grid.h"
#include "harness/sweep/report/report.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

static json_t *text_json(const char *text)
{
    char *clean = text == NULL ? NULL : text_utf8(text, strlen(text), NULL);
    json_t *json = clean == NULL ? json_null() : json_string(clean);
    free(clean);
    return json;
}

static json_t *frames_json(const struct survey_call *call)
{
    json_t *array = json_array();
    for (size_t i = 0; i < call->frame_count; i++) {
        json_t *frame = json_object();
        json_object_set_new(frame, "module", text_json(call->frames[i].module));
        json_object_set_new(frame, "offset", result_json_uint64(call->frames[i].offset));
        json_array_append_new(array, frame);
    }
    return array;
}

static json_t *places_json(const struct sweep *sweep)
{
    json_t *array = json_array();
    for (size_t i = 0; i < sweep->plan.places.count; i++) {
        const struct survey_call *call = sweep->plan.places.items[i].calls[SWEEP_FIRST];
        json_t *place = json_object();
        json_object_set_new(place, "process", text_json(call->process));
        json_object_set_new(place, "call", json_string(call_info(call->call)->name));
        json_object_set_new(place, "site", text_json(call->site));
        json_object_set_new(place, "frames", frames_json(call));
        json_object_set_new(place, "calls", result_json_uint64(sweep->plan.places.items[i].times));
        json_array_append_new(array, place);
    }
    return array;
}

static json_t *again_json(const struct sweep_tried *tried)
{
    json_t *array = json_array();
    for (size_t i = 0; i < tried->again_count; i++)
        json_array_append_new(array, json_string(sweep_outcome_name(tried->again[i])));
    return array;
}

static json_t *trial_json(const struct sweep *sweep, size_t i)
{
    const struct sweep_trial *trial = &sweep->plan.trials[i];
    const struct sweep_tried *tried = &sweep->tried[i];
    json_t *object = json_object();
    json_object_set_new(object, "place", result_json_uint64(trial->place));
    json_object_set_new(object, "occurrence", json_string(sweep_occurrence_name(trial->occurrence)));
    json_object_set_new(object, "rule", text_json(trial->rule));
    json_object_set_new(object, "row", json_string(trial->row->name));
    json_object_set_new(object, "tier", json_string(tier_name(trial->row->tier)));
    json_object_set_new(object, "expectation", json_string(trial->expect == EXPECT_T ? "T" : "H"));
    json_object_set_new(object, "outcome",
                        tried->done ? json_string(sweep_outcome_name(tried->seen.outcome)) : json_null());
    json_object_set_new(
        object, "class",
        json_string(tried->done ? sweep_class_name(sweep_class_of(sweep, i)) : "not started"));
    json_object_set_new(object, "seen", text_json(tried->seen.words));
    json_object_set_new(object, "again", again_json(tried));
    return object;
}

static json_t *trials_json(const struct sweep *sweep)
{
    json_t *array = json_array();
    for (size_t i = 0; i < sweep->plan.count; i++)
        json_array_append_new(array, trial_json(sweep, i));
    return array;
}

static json_t *defects_json(const struct sweep *sweep)
{
    json_t *array = json_array();
    for (size_t i = 0; i < sweep->defect_count; i++) {
        const struct sweep_defect *defect = &sweep->defects[i];
        json_t *object = json_object(), *trials = json_array();
        for (size_t k = 0; k < defect->count; k++)
            json_array_append_new(trials, result_json_uint64(defect->trials[k]));
        json_object_set_new(object, "place", result_json_uint64(defect->place));
        json_object_set_new(object, "outcome", json_string(sweep_outcome_name(defect->outcome)));
        json_object_set_new(object, "trials", trials);
        json_object_set_new(object, "record", text_json(defect->record));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *cell_json(const struct sweep_cell *cell)
{
    json_t *object = json_object();
    json_object_set_new(object, "state", json_string(sweep_state_name(cell->state)));
    for (int i = SWEEP_NOT_REACHED; i < SWEEP_STATES; i++)
        if (cell->counts[i] > 0)
            json_object_set_new(object, sweep_state_name((enum sweep_state)i),
                                result_json_uint64(cell->counts[i]));
    if (cell->why != NULL)
        json_object_set_new(object, "why", text_json(cell->why));
    return object;
}

/* Rows of cells, in the order of "faults"; a cell's state, how many trials came to which, and why they did
 * not come to anything. */
static json_t *table_json(const struct sweep *sweep)
{
    struct sweep_grid grid;
    json_t *table = json_object(), *faults = json_array(), *rows = json_array();
    bool made = sweep_grid_make(sweep, false, &grid);
    for (size_t i = 0; made && i < grid.fault_count; i++)
        json_array_append_new(faults, json_string(grid.faults[i]));
    for (size_t i = 0; made && i < grid.place_count; i++) {
        json_t *row = json_object(), *cells = json_array();
        for (size_t k = 0; k < grid.fault_count; k++)
            json_array_append_new(cells, cell_json(sweep_grid_cell(&grid, i, k)));
        json_object_set_new(row, "place", result_json_uint64(grid.places[i]));
        json_object_set_new(row, "cells", cells);
        json_array_append_new(rows, row);
    }
    sweep_grid_free(&grid);
    json_object_set_new(table, "faults", faults);
    json_object_set_new(table, "rows", rows);
    return table;
}

json_t *sweep_json(const struct sweep *sweep)
{
    json_t *object = json_object();
    json_object_set_new(object, "file", text_json(sweep->subject.scenario->file));
    json_object_set_new(object, "name", text_json(sweep->subject.scenario->name));
    if (sweep->subject.under != NULL)
        json_object_set_new(object, "under", text_json(sweep->subject.under));
    json_object_set_new(object, "places", places_json(sweep));
    json_object_set_new(object, "trials", trials_json(sweep));
    json_object_set_new(object, "table", table_json(sweep));
    json_object_set_new(object, "defects", defects_json(sweep));
    for (int i = 0; i < SWEEP_CLASSES; i++)
        json_object_set_new(object, sweep_class_name((enum sweep_class)i),
                            result_json_uint64(sweep->classes[i]));
    json_object_set_new(object, "not started", result_json_uint64(sweep->left));
    json_object_set_new(object, "warnings", text_json(sweep->warnings));
    json_object_set_new(object, "elapsed_ns", json_integer(sweep->elapsed_ns));
    return object;
}
