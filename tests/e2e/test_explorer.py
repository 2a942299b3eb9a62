"""The Explorer as people use it: search by place and date, look at what was found."""

import json
import re
from datetime import UTC, datetime

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from catalog.models import Collection, Item, Membership
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.catalog.factories import CollectionFactory, ItemFactory
from tests.e2e.maps import position_of, wait_for_map, wait_for_tiles
from tests.e2e.pictures import color_at, screenshot
from tests.tiles.slides import write_tiled_ome

pytestmark = pytest.mark.django_db(transaction=True)

# Middle of each scene, in degrees.
EAST = (15.03, 45.13)
WEST = (9.03, 45.13)
SEARCH = "**/stac/search"


@pytest.fixture
def explorer(visitor, imagery) -> Page:
    del imagery
    page = visitor.open("/explore/")
    expect(page.locator(".result[data-key]")).to_have_count(3)
    wait_for_map(page)
    expect(page).to_have_url(re.compile(r"[?&]map="))
    return page


@pytest.fixture
def ingested_stack(owner, file_server) -> Item:
    write_tiled_ome(file_server.folder / "stack.ome.tif", z=3, codec="JPEG")
    Membership.objects.create(collection=CollectionFactory(id="stacks"), user=owner, role=Membership.Role.OWNER)
    source = SourceSpec(href=f"{file_server.url}/stack.ome.tif")
    process_source(create_job(user=owner, collection_id="stacks", sources=[source]).sources.get().pk)
    return Item.objects.get(collection_id="stacks")


def choose_collection(page: Page, title: str) -> None:
    page.get_by_role("combobox", name="Collections").click()
    page.get_by_role("option", name=title).click()


def test_explorer_search_by_box_and_date_shows_the_tiles(explorer):
    page = explorer
    page.get_by_label("From").fill("2024-04-30")
    page.get_by_label("To", exact=True).fill("2024-05-02")
    expect(page.locator(".result[data-key]")).to_have_count(2)

    page.get_by_role("button", name="Draw a box").click()
    left, top = position_of(page, EAST[0] - 0.3, EAST[1] + 0.3)
    right, bottom = position_of(page, EAST[0] + 0.3, EAST[1] - 0.3)
    page.mouse.click(left, top)
    page.mouse.move(right, bottom, steps=3)
    page.mouse.click(right, bottom)
    card = page.locator(".result[data-key]")
    expect(card).to_have_count(1)
    expect(page.locator(".chip")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"from=2024-04-30&to=2024-05-02&bbox=1[34]"))

    card.click()
    drawer = page.get_by_role("complementary", name="Chosen item")
    expect(drawer.get_by_role("heading", name="east")).to_be_visible()
    expect(page).to_have_url(re.compile(r"in=scenes&item=east"))
    wait_for_tiles(page.locator("geo-map"))
    picture = screenshot(page.locator(".site-main"), "explorer")
    x, y = position_of(page, *EAST)
    box = page.locator(".site-main").bounding_box()
    red, green, _ = color_at(picture, (x - box["x"]) / box["width"], (y - box["y"]) / box["height"])
    # The scene's middle, of which red and green grow from 40 to 200.
    assert abs(red - 120) < 12
    assert abs(green - 120) < 12


def test_explorer_address_brings_everything_back(explorer):
    page = explorer
    page.locator(".result[data-key='scenes/west']").click()
    wait_for_tiles(page.locator("geo-map"))
    page.locator("[name=opacity]").fill("40")
    expect(page).to_have_url(re.compile(r"opacity=0.4"))
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".drawer__title")).to_have_text("west")
    wait_for_tiles(page.locator("geo-map"))
    expect(page.locator("[name=opacity]")).to_have_value("40")
    assert page.url == address


def test_explorer_back_closes_what_was_opened(explorer):
    page = explorer
    choose_collection(page, "Scenes")
    expect(page.locator(".result[data-key]")).to_have_count(2)
    page.locator(".result[data-key='scenes/west']").click()
    expect(page.locator(".drawer")).to_be_visible()
    page.go_back()
    expect(page.locator(".drawer")).to_have_count(0)
    expect(page.locator(".result[data-key]")).to_have_count(2)
    page.go_back()
    expect(page.locator(".result[data-key]")).to_have_count(3)


def test_explorer_hover_links_card_and_footprint(explorer):
    page = explorer
    card = page.locator(".result[data-key='scenes/east']")
    page.mouse.move(*position_of(page, *EAST))
    expect(card).to_have_class(re.compile("is-hovered"))
    page.mouse.move(*position_of(page, 12, 44))
    expect(card).not_to_have_class(re.compile("is-hovered"))
    card.hover()
    expect(card).to_have_class(re.compile("is-hovered"))
    page.mouse.click(*position_of(page, *WEST))
    expect(page.locator(".drawer__title")).to_have_text("west")


def test_explorer_slide_opens_in_pixel_space(explorer):
    page = explorer
    page.locator(".result[data-key='slides/slide']").click()
    viewer = page.locator("geo-pixels")
    wait_for_tiles(viewer)
    picture = screenshot(viewer, "explorer-pixel-space")
    # The drawer covers the right 380 pixels; the disc is in the middle of what is left.
    middle = (picture.width - 380) / 2 / picture.width
    red, _, blue = color_at(picture, middle, 0.5)
    assert blue > 150 > red
    page.get_by_role("button", name="Back to map").click()
    expect(viewer).to_have_count(0)
    expect(page.locator(".drawer")).to_have_count(0)


def test_explorer_box_by_numbers_and_reset(explorer):
    page = explorer
    page.get_by_text("Enter coordinates").click()
    for side, value in {"West": "8", "South": "44", "East": "10", "North": "46"}.items():
        page.get_by_label(side, exact=True).fill(value)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".result[data-key]")).to_have_count(1)
    page.get_by_label("West", exact=True).fill("500")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("West and east go from")
    page.get_by_role("button", name="Reset all").click()
    expect(page.locator(".result[data-key]")).to_have_count(3)
    expect(page.locator(".chip")).to_have_count(0)


def test_explorer_without_match_offers_reset(explorer):
    page = explorer
    page.get_by_label("From").fill("2090-01-01")
    expect(page.locator("[data-state=no-match]")).to_be_visible()
    page.locator("[data-state=no-match]").get_by_role("button").click()
    expect(page.locator(".result[data-key]")).to_have_count(3)


def test_explorer_of_empty_site_shows_the_way_in(visitor):
    page = visitor.open("/explore/")
    expect(page.locator("[data-state=first-run]")).to_be_visible()
    wait_for_map(page)


def test_explorer_when_search_fails_says_why_and_tries_again(visitor, imagery):
    del imagery
    visitor.expected.append("503")
    page = visitor.page
    page.route(SEARCH, lambda route: route.fulfill(status=503, json={"code": "busy", "description": "Come back soon."}))
    visitor.open("/explore/")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Come back soon.")
    expect(alert).to_contain_text("busy")
    page.unroute(SEARCH)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".result[data-key]")).to_have_count(3)
    wait_for_map(page)


def test_explorer_by_keyboard_alone(explorer):
    page = explorer
    card = page.locator(".result[data-key='scenes/east']")
    card.focus()
    expect(card).to_have_class(re.compile("is-hovered"))
    page.keyboard.press("Enter")
    expect(page.locator(".drawer__title")).to_have_text("east")
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    expect(card).to_be_focused()


def test_explorer_finds_collections_by_typing(explorer):
    page = explorer
    box = page.get_by_role("combobox", name="Collections")
    expect(box).to_have_attribute("placeholder", "All 2 collections")
    box.fill("slid")
    expect(page.locator("[data-collection]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".result[data-key]")).to_have_count(1)
    expect(page).to_have_url(re.compile("collection=slides"))
    box.press("Backspace")
    expect(page.locator(".result[data-key]")).to_have_count(3)


def test_explorer_free_text_and_coordinates_in_one_box(explorer):
    page = explorer
    box = page.get_by_role("searchbox")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("slide")
    page.keyboard.press("Enter")
    expect(page.locator(".result[data-key]")).to_have_count(1)
    expect(page.locator(".chip")).to_contain_text("slide")
    box.fill("45.1N 9.0E")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"map=[\d.]+,45\.1,9\b"))
    expect(page.locator(".result[data-key]")).to_have_count(1)


def test_explorer_typed_date_searches_once(explorer):
    page = explorer
    searches = []
    page.on("request", lambda request: searches.append(request.url) if request.url.endswith("/stac/search") else None)
    before = page.evaluate("history.length")
    page.get_by_label("From").focus()
    page.keyboard.type("05022024")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("from=2024-05-02"))
    expect(page.locator(".result[data-key]")).to_have_count(1)
    assert len(searches) == 1
    assert page.evaluate("history.length") == before + 1


def test_explorer_footprints_never_tint_imagery(explorer):
    """Below a footprint, hovered or not, the imagery's colors are its own."""
    page = explorer
    page.locator(".result[data-key='scenes/east']").click()
    wait_for_tiles(page.locator("geo-map"))
    colors = []
    for place in ((EAST[0] + 1.5, EAST[1]), EAST):
        page.mouse.move(*position_of(page, *place))
        expect(page.locator(".result.is-hovered")).to_have_count(len(colors))
        wait_for_map(page)
        picture = screenshot(page.locator(".site-main"), "explorer-untinted")
        x, y = position_of(page, *EAST)
        box = page.locator(".site-main").bounding_box()
        colors.append(color_at(picture, (x - box["x"] + 20) / box["width"], (y - box["y"] + 20) / box["height"]))
    assert colors[0] == colors[1]


def test_explorer_scenes_at_one_place_are_offered(visitor, imagery):
    """Three footprints one upon the other: a list to choose from, then [ and ] to go round."""
    del imagery
    collection = Collection.objects.get(pk="scenes")
    for number in range(3):
        ItemFactory(collection=collection, item_id=f"pile-{number}", west=20, south=50, size=4)
    page = visitor.open("/explore/?v=1&map=5,52,22")
    wait_for_map(page)
    expect(page.locator(".result[data-key]")).to_have_count(6)
    page.mouse.click(*position_of(page, 22, 52))
    offered = page.get_by_role("dialog", name="3 scenes here")
    expect(offered.locator("[data-scene]")).to_have_count(3)
    expect(offered.locator("[data-scene]").first).to_be_focused()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary", name="Chosen item")
    expect(drawer).to_contain_text("1 of 3")
    first = drawer.locator(".drawer__title").inner_text()
    page.keyboard.press("]")
    expect(drawer).to_contain_text("2 of 3")
    expect(drawer.locator(".drawer__title")).not_to_have_text(first)
    page.keyboard.press("[")
    expect(drawer.locator(".drawer__title")).to_have_text(first)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_explorer_keys_walk_results_and_tell_what_they_do(explorer):
    page = explorer
    cards = page.locator(".result[data-key]")
    page.keyboard.press("j")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)


def test_explorer_tiles_that_fail_say_so(visitor, imagery):
    del imagery
    visitor.expected.append("503")
    page = visitor.page
    pattern = re.compile(r"/tiles/scenes/east/data/tiles/")
    page.route(pattern, lambda route: route.fulfill(status=503, json={"code": "busy", "description": "Later."}))
    visitor.open("/explore/?v=1&in=scenes&item=east")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("could not be loaded")
    page.unroute(pattern)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    wait_for_tiles(page.locator("geo-map"))


def test_explorer_late_answer_opens_no_other_drawer(explorer):
    page = explorer
    held = []
    page.route("**/stac/collections/scenes/items/east", lambda route: held.append(route))  # noqa: PLW0108
    page.locator(".result[data-key='scenes/east']").click()
    page.locator(".result[data-key='scenes/west']").click()
    expect(page.locator(".drawer")).to_contain_text("Assets")
    for route in held:
        route.continue_()
    wait_for_tiles(page.locator("geo-map"))
    expect(page.locator(".drawer__title")).to_have_text("west")


def test_explorer_link_to_what_is_gone_says_so(visitor, imagery):
    del imagery
    visitor.expected.append("404")
    page = visitor.open("/explore/?v=1&in=scenes&item=gone")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("can't be shown")
    alert.get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_explorer_render_panel_draws_as_chosen_and_the_address_keeps_it(explorer):
    page = explorer
    page.locator(".result[data-key='scenes/east']").click()
    wait_for_tiles(page.locator("geo-map"))
    legend = page.locator(".legend")
    expect(legend).to_contain_text("As it comes")
    legend.click()
    panel = page.locator("geo-render")
    panel.get_by_role("button", name="One band").click()
    panel.get_by_role("button", name="magma").click()
    expect(page).to_have_url(re.compile(r"bidx=1&colormap=magma"))
    expect(legend).to_contain_text("Band")
    high = panel.locator(".histogram input[inputmode]").nth(1)
    high.fill("150")
    high.press("Enter")
    expect(page).to_have_url(re.compile(r"rescale=-?[\d.]+,150"))
    expect(legend).to_contain_text("150")
    wait_for_tiles(page.locator("geo-map"))
    address = page.url
    page.goto("about:blank")
    with page.expect_request(re.compile(r"tilejson.json\?.*bidx=1.*colormap_name=magma")):
        page.goto(address)
    expect(page.locator(".legend")).to_contain_text("150")
    page.keyboard.press("r")
    expect(page.locator("[data-colormap=magma]")).to_have_attribute("aria-pressed", "true")


def test_explorer_reads_all_bands_under_the_pointer(explorer):
    page = explorer
    page.locator(".result[data-key='scenes/east']").click()
    wait_for_tiles(page.locator("geo-map"))
    page.mouse.move(*position_of(page, *EAST))
    values = page.locator(".readout__value")
    expect(values).to_have_count(3)
    expect(page.locator(".readout__place")).to_contain_text("45.1")


def test_explorer_filters_by_properties_of_the_items(visitor, imagery):
    del imagery
    collection = Collection.objects.get(pk="scenes")
    for number, clouds in enumerate((2, 40, 90)):
        moment = "2023-02-01T00:00:00Z"
        properties = {"datetime": moment, "eo:cloud_cover": clouds, "platform": f"sat-{number % 2}"}
        ItemFactory(collection=collection, item_id=f"cloudy-{number}", properties=properties)
    page = visitor.open("/explore/")
    expect(page.locator(".result[data-key]")).to_have_count(6)
    page.get_by_text("More filters").click()
    page.locator("geo-conditions").get_by_label("sat-0").check()
    expect(page.locator(".result[data-key]")).to_have_count(2)
    expect(page.locator(".chip")).to_contain_text("Platform: sat-0")
    highest = page.locator("[data-property='eo:cloud_cover'] input[inputmode]").nth(1)
    highest.fill("50")
    highest.press("Enter")
    expect(page.locator(".result[data-key]")).to_have_count(1)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".result[data-key]")).to_have_count(1)
    expect(page.locator(".chip")).to_have_count(2)


def test_explorer_months_are_brushed(visitor, imagery):
    del imagery
    ItemFactory(
        collection=Collection.objects.get(pk="scenes"),
        item_id="old",
        datetime=datetime(2024, 1, 10, tzinfo=UTC),
    )
    page = visitor.open("/explore/?v=1&collection=scenes")
    expect(page.locator(".result[data-key]")).to_have_count(3)
    bars = page.locator("geo-timeline svg")
    expect(bars.locator("rect")).to_have_count(5)
    box = bars.bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 10, steps=3)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from=2024-01-01&to=2024-02-29"))
    expect(page.locator(".result[data-key]")).to_have_count(1)


def test_explorer_searches_in_a_dropped_area_and_as_the_map_moves(explorer, tmp_path):
    page = explorer
    square = [[14, 44], [16, 44], [16, 46], [14, 46], [14, 44]]
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps({"type": "Polygon", "coordinates": [square]}))
    page.locator("[data-action=area-file]").set_input_files(area)
    expect(page.locator(".result[data-key]")).to_have_count(1)
    expect(page).to_have_url(re.compile("area=14,44;16,44"))
    area.write_text("no JSON")
    page.locator("[data-action=area-file]").set_input_files(area)
    expect(page.get_by_role("alert")).to_contain_text("can't be read")
    page.get_by_role("alert").get_by_role("button").click()
    page.get_by_role("button", name="Reset all").click()
    expect(page.locator(".result[data-key]")).to_have_count(3)

    page.get_by_label("Search as I move").check()
    page.get_by_role("searchbox").fill("45.13, 15.03")
    page.keyboard.press("Enter")
    expect(page.locator(".result[data-key]")).to_have_count(1)
    page.get_by_label("Search as I move").uncheck()
    expect(page.locator(".result[data-key]")).to_have_count(3)


def test_explorer_compares_two_renderings_by_a_swipe(explorer):
    page = explorer
    page.locator(".result[data-key='scenes/east']").click()
    wait_for_tiles(page.locator("geo-map"))
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile("with=scenes/east"))
    page.locator(".legend").click()
    page.locator("geo-render").get_by_role("button", name="One band").click()
    handle = page.get_by_label("Where the two images meet")
    before = float(handle.input_value())
    handle.focus()
    page.keyboard.press("ArrowRight")
    assert float(handle.input_value()) > before
    expect(page.locator(".swipe__sides")).to_contain_text("As it comes")
    expect(page.locator(".swipe__sides")).to_contain_text("Band")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".swipe__sides")).to_contain_text("As it comes")
    # The browser asks for less motion: it doesn't blink by itself.
    page.get_by_role("button", name="Blink").click()
    expect(page).to_have_url(re.compile("blink=1"))
    expect(page.locator(".swipe__sides .is-shown")).to_contain_text("As it comes")
    page.locator("geo-map").press("b")
    expect(page.locator(".swipe__sides .is-shown")).to_contain_text("Band")
    page.get_by_role("button", name="End comparison").click()
    expect(page.locator(".swipe__sides")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("with="))


def test_explorer_slide_has_a_scale_bar_and_magnifications(visitor, imagery):
    del imagery
    slide = Item.objects.get(item_id="slide")
    slide.properties |= {"geodata:pixel_size": [0.5, 0.5], "geodata:magnification": 20}
    slide.save()
    page = visitor.open("/explore/?v=1&in=slides&item=slide")
    wait_for_tiles(page.locator("geo-pixels"))
    expect(page.locator(".pixel-scale")).to_contain_text(re.compile("[\N{MICRO SIGN}m]m"))
    page.get_by_role("button", name="20\N{MULTIPLICATION SIGN}").click()
    expect(page.locator(".pixel-scale")).to_have_text("50 \N{MICRO SIGN}m")
    expect(page.get_by_role("button", name="20\N{MULTIPLICATION SIGN}")).to_have_attribute("aria-pressed", "true")


def test_explorer_slide_turned_and_mirrored_reads_its_own_pixels(visitor, imagery):
    del imagery
    page = visitor.open("/explore/?v=1&in=slides&item=slide&turn=90")
    slide = page.locator("geo-pixels")
    page.get_by_role("button", name="Turn right").click()
    page.get_by_role("button", name="Mirror the image").click()
    expect(page).to_have_url(re.compile("turn=180&flip=1"))
    expect(page.get_by_role("button", name="Turned by 180")).to_have_text("180°")
    page.get_by_role("button", name="Whole").click()
    wait_for_tiles(slide)
    box = slide.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + box["height"] / 2 - 100)
    # Half a turn of the mirror image: left is left, and up is down.
    expect(page.locator(".readout__place")).to_have_text(re.compile(r"^\d{2,3}, 1[1-9]\d\d$"))


def test_explorer_slide_is_saved_as_a_picture_with_its_scale_bar(visitor, imagery):
    del imagery
    Item.objects.filter(item_id="slide").update(properties={"geodata:pixel_size": [0.5, 0.5]})
    page = visitor.open("/explore/?v=1&in=slides&item=slide&turn=90")
    wait_for_tiles(page.locator("geo-pixels"))
    with page.expect_download() as saved:
        page.get_by_role("button", name="as a picture").click()
    assert saved.value.suggested_filename == "slide.png"
    with Image.open(saved.value.path()) as opened:
        picture = opened.convert("RGB")
    left = page.locator("geo-pixels").bounding_box()["x"]
    drawer = page.get_by_role("complementary", name="Chosen item").bounding_box()["x"]
    assert picture.width == pytest.approx(drawer - left, abs=1)
    red, _, blue = color_at(picture, 0.5, 0.5)
    assert blue > 150 > red
    # The plate of the scale bar, over whatever lies below it.
    assert min(picture.getpixel((20, picture.height - 20))) > 225


def test_explorer_slide_steps_through_its_focal_planes(visitor, ingested_stack):
    page = visitor.open(f"/explore/?v=1&in={ingested_stack.collection_id}&item={ingested_stack.item_id}")
    focus = page.get_by_role("slider", name="Focus")
    expect(focus).to_have_attribute("aria-valuetext", "1 / 3")
    with page.expect_request(re.compile(r"/tiles/.*\d+/\d+/\d+.*[?&]z=1")):
        page.get_by_role("button", name="Focus: next").click()
    expect(page).to_have_url(re.compile("[?&]z=1"))
    page.locator("geo-pixels").press(",")
    expect(focus).to_have_attribute("aria-valuetext", "1 / 3")
    page.get_by_role("button", name="Focus: play").click()
    expect(focus).to_have_attribute("aria-valuetext", "3 / 3")


def test_explorer_keeps_searches_by_name(explorer):
    page = explorer
    choose_collection(page, "Slides")
    expect(page.locator(".result[data-key]")).to_have_count(1)
    page.get_by_text("Saved searches").click()
    page.get_by_label("Name of this search").fill("All slides")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Reset all").click()
    expect(page.locator(".result[data-key]")).to_have_count(3)
    page.get_by_role("link", name="All slides").click()
    expect(page.locator(".result[data-key]")).to_have_count(1)
    expect(page).to_have_url(re.compile("collection=slides"))
    page.get_by_text("Saved searches").click()
    page.get_by_role("button", name="Forget All slides").click()
    expect(page.get_by_role("link", name="All slides")).to_have_count(0)
